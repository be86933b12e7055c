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
