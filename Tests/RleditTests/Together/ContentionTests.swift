import Foundation
import Glibc
import TestSupport
import Testing

/// Two processes on one store, one of them held up at a chosen moment.
@Suite struct ContentionTests {
  /// A writer is stopped at each step of a commit, whatever it holds then; readers go on, and see what was
  /// before.
  @Test func readersDoNotWaitForAWriterThatIsHeldUp() async throws {
    let stage = try FaultStage.of(.commit)
    let readers = [
      ["log", "--all"], ["show"], ["status"], ["op", "log"], ["stat"], ["fsck", "--full"],
      ["replay", "--verify"],
    ]
    var moment = 0
    for step in stage.steps where step > 8 {
      let copy = try stage.copy()
      let head = try copy.place.id()
      let writer = try copy.start(
        stage.scenario.arguments, Faults(step: step, stops: true))
      while writer.isRunning, !writer.isStopped {
        // The thread is wanted for others.
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(writer.isStopped, "step \(step)")
      // A reader that waited for the writer would never come back.
      for _ in 0..<2 {
        #expect(try copy.place.rledit.run(readers[moment % readers.count]).status == 0)
        moment += 1
      }
      #expect(try copy.place.id() == head)
      writer.send(SIGCONT)
      #expect(try writer.wait().status == 0)
      #expect(try copy.content(.commit) == stage.after, "step \(step)")
    }
    #expect(moment > 30)
  }

  /// Whoever opens a store that nobody has open makes its lock file anew, in several steps. A second process
  /// that waits meanwhile must not go on with what it finds when the first is killed.
  @Test(arguments: [false, true])
  func whoWaitsForOneThatIsKilledWhileItOpensTheStoreLosesNothing(_ isOdd: Bool) async throws {
    let stage = try FaultStage.of(.commit)
    var step = 0
    while true {
      step += 1
      let copy = try stage.copy()
      // Of its two roots LMDB writes over one and the other in turn.
      if isOdd { try copy.place.succeed("tag", "odd") }
      let first = try copy.start(["log"], Faults(step: step, stops: true))
      while first.isRunning, !first.isStopped { try await Task.sleep(for: .milliseconds(2)) }
      // Every step by which it opens the store has been seen.
      guard first.isStopped else { break }
      let log = copy.place.path("calls")
      let second = try copy.start(stage.scenario.arguments, Faults(log: log))
      // Its first call is for a lock, which it waits for unless the first process has none yet.
      while second.isRunning, (FileManager.default.contents(atPath: log) ?? Data()).isEmpty {
        try await Task.sleep(for: .milliseconds(2))
      }
      try await Task.sleep(for: .milliseconds(100))
      first.send(SIGKILL)
      _ = try first.wait()
      #expect(try second.wait().status == 0, "step \(step)")
      if isOdd { try copy.place.succeed("tag", "-d", "odd") }
      let content = try copy.content(.commit)
      #expect(content.history.references == stage.after.history.references, "step \(step)")
      #expect(
        content.history.operations.count == stage.after.history.operations.count + (isOdd ? 2 : 0),
        "step \(step)")
      try copy.expectWhole(.commit, "step \(step)")
      for name in ["one", "two", "three"] { try copy.place.succeed("tag", name) }
      try copy.expectWhole(.commit, "step \(step)")
    }
    #expect(step > 8)
  }

  /// Between the time that a commit looks where its branch is and the time that it moves it, a hook lets
  /// somebody else commit.
  @Test func whoComesTooLateIsToldWhoWasFaster() throws {
    let place = try Workplace.withHistory(deltas: 1)
    try place.writeDelta("mine.safetensors", seed: 8)
    try place.writeDelta("theirs.safetensors", seed: 9)
    let hooks = place.path(".rledit/hooks")
    try FileManager.default.createDirectory(atPath: hooks, withIntermediateDirectories: true)
    try """
    #!/bin/sh
    rm "$0"
    RLEDIT_AUTHOR='Eve <eve@example.org>' \
    exec \(CommandRunner.executable) commit --delta theirs.safetensors -m theirs >&2
    """.write(toFile: "\(hooks)/pre-commit", atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: "\(hooks)/pre-commit")
    let mine = ["commit", "--delta", "mine.safetensors", "-m", "mine"]
    let late = try place.rledit.run(mine)
    #expect(late.status == 11)
    let sentence = late.errors.split(separator: "\n").first { $0.hasPrefix("rledit: another") }
    // After the import and one commit, this is the third operation.
    #expect(
      sentence?.hasPrefix(
        #"rledit: another process moved "main" meanwhile: operation 3 by "Eve <eve@example.org>" at "#
      )
        == true, "\(late.errors)")
    #expect(
      sentence?.hasSuffix(#""rledit commit --delta theirs.safetensors -m theirs""#) == true,
      "\(late.errors)")
    let log = try place.json("op", "log")["operations"] as? [[String: Any]]
    #expect(log?.first?["author"] as? String == "Eve <eve@example.org>")
    #expect(try place.rledit.run(mine).status == 0)
    try place.expectWhole()
  }
}
