import Foundation
import TestSupport
import Testing

/// Programs in the store's folder `hooks`.
@Suite struct HookTests {
  private func install(_ name: String, in place: Workplace, _ script: String) throws {
    let directory = place.path(".rledit/hooks")
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    let path = "\(directory)/\(name)"
    try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  private func lines(_ place: Workplace, _ name: String) throws -> [String] {
    try String(contentsOfFile: place.path(name), encoding: .utf8).split(separator: "\n")
      .map(String.init)
  }

  @Test func hooksAreToldOfEveryCommitAndCanReadIt() throws {
    let place = try Workplace.withHistory()
    let log = place.path("log")
    try install(
      "pre-commit", in: place,
      """
      echo pre $RLEDIT_OPERATION $RLEDIT_PARENT $RLEDIT_COMMIT >> \(log)
      \(CommandRunner.executable) show $RLEDIT_COMMIT > \(place.path("shown"))
      """)
    try install(
      "post-commit", in: place,
      "echo post $(\(CommandRunner.executable) log -n 1 --oneline | cut -c1-12) >> \(log)")
    let root = try place.id()
    try place.commitDelta(0)
    let first = try place.id()
    try place.succeed("revert", "HEAD")
    let second = try place.id()
    #expect(
      try lines(place, "log") == [
        "pre commit \(root) \(first)", "post \(first.prefix(12))",
        "pre revert \(first) \(second)", "post \(second.prefix(12))",
      ])
    #expect(try lines(place, "shown").first == "commit \(second)")
    try place.expectWhole()
  }

  @Test func aRefusedCommitDoesNotBecomeHistory() throws {
    let place = try Workplace.withHistory(deltas: 1)
    let (head, digests) = (try place.id(), try place.digests())
    try install("pre-commit", in: place, "exit 3")
    try place.writeDelta("more.safetensors", seed: 9)
    for arguments in [
      ["commit", "--delta", "more.safetensors", "-m", "more"], ["revert", "HEAD"],
      ["compress", "HEAD~1", "--tolerance", "0.9"],
    ] {
      let result = try place.rledit.run(arguments)
      #expect(result.status == 1, "\(arguments)")
      #expect(result.errors.contains("the hook pre-commit refused commit"))
      #expect(try place.id() == head && place.digests() == digests)
    }
    // The refused commits are there to be looked at until a collection takes them out.
    try place.succeed("gc", "--operations", "0", "--grace", "0")
    try place.expectWhole()
    #expect(try place.json("fsck")["unreachableObjects"] as? Int == 0)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: place.path(".rledit/hooks/pre-commit"))
    let result = try place.rledit("revert", "HEAD")
    #expect(result.status == 2 && result.errors.contains("cannot be run"))
    // A link whose program has gone is a gate that nobody would miss.
    let hook = place.path(".rledit/hooks/pre-commit")
    try FileManager.default.removeItem(atPath: hook)
    try FileManager.default.createSymbolicLink(atPath: hook, withDestinationPath: "/no/such/gate")
    #expect(try place.rledit("revert", "HEAD").status == 2)
  }

  /// A gate of quality: edits that do not hold are refused, batch by batch.
  @Test func aMeasureCanBeAGate() throws {
    let place = try Workplace.withTalkingModel(facts: 4)
    // What the edit comes to is found out without a gate.
    try place.succeed("edit", "facts.jsonl", "--limit", "1")
    let report = try place.json("eval", "facts.jsonl", "--measures", "accuracy")
    let efficacy = try #require((report["efficacy"] as? [String: Any])?["value"] as? Double)
    try place.succeed("undo")
    try install(
      "pre-commit", in: place,
      """
      exec \(CommandRunner.executable) eval facts.jsonl --at $RLEDIT_COMMIT --measures accuracy \
        --require efficacy=$WANTED > /dev/null
      """)
    let root = try place.id()
    place.rledit.environment["WANTED"] = "\(efficacy + 0.001)"
    let refused = try place.rledit("edit", "facts.jsonl", "--limit", "1")
    #expect(refused.status == 1 && refused.errors.contains("efficacy is "))
    #expect(try place.id() == root)
    place.rledit.environment["WANTED"] = "\(efficacy)"
    try place.succeed("edit", "facts.jsonl", "--limit", "1")
    #expect(try place.id("HEAD~1") == root)
  }

  @Test func anInterruptionEndsTheHookAndTheCommit() throws {
    let place = try Workplace.withHistory()
    let head = try place.id()
    try place.writeDelta("more.safetensors", seed: 9)
    try install(
      "pre-commit", in: place, "echo $$ > \(place.path("started")); cat; exec sleep 60")
    let running = try place.rledit.start(["commit", "--delta", "more.safetensors", "-m", "more"])
    let deadline = Date().addingTimeInterval(30)
    while !FileManager.default.fileExists(atPath: place.path("started")), Date() < deadline {
      usleep(10_000)
    }
    usleep(100_000)
    running.send(SIGINT)
    #expect(try running.wait().status == 130)
    #expect(try place.id() == head)
    let process = try #require(Int32(lines(place, "started")[0]))
    #expect(kill(process, 0) != 0)
  }

  @Test func goingForwardAsksNoHook() throws {
    let place = try Workplace.withHistory(deltas: 1)
    try place.succeed("switch", "-c", "old", "HEAD~1")
    try install("pre-commit", in: place, "exit 1")
    try place.succeed("rebase", "main")
    #expect(try place.id() == place.id("main"))
  }

  @Test func aFailingPostCommitChangesNothing() throws {
    let place = try Workplace.withHistory()
    try install("post-commit", in: place, "exit 1")
    try place.writeDelta("more.safetensors", seed: 9)
    let result = try place.rledit("commit", "--delta", "more.safetensors", "-m", "more")
    #expect(result.status == 0 && result.errors.contains("the commit stands"))
    #expect(try place.succeed("log", "-n", "1").contains("more"))
  }

  @Test func aPushCanBeRefused() throws {
    let place = try Workplace.withHistory(deltas: 1)
    try place.succeed("clone", ".rledit", "other")
    try place.commitDelta(1)
    let (old, new) = (try place.id("HEAD~1"), try place.id())
    let log = place.path("log")
    try install(
      "pre-push", in: place, "echo \"$RLEDIT_REMOTE $RLEDIT_REFERENCES\" >> \(log); exit 1")
    let refused = try place.rledit("push", "other/.rledit", "main")
    #expect(refused.status == 1 && refused.errors.contains("nothing was pushed"))
    #expect(try lines(place, "log") == ["other/.rledit refs/heads/main \(new) \(old)"])
    try install("pre-push", in: place, "exit 0")
    try place.succeed("push", "other/.rledit", "main")
    // Hooks stay where they are.
    #expect(!FileManager.default.fileExists(atPath: place.path("other/.rledit/hooks")))
  }
}
