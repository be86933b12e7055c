import Foundation
import TestSupport
import Testing

/// What sharing says where it cannot do what was asked for.
@Suite struct SharingFailureTests {
  private func expect(
    _ place: Workplace, _ arguments: String..., status: Int32, says: String, hint: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try place.rledit.run(arguments)
    // A shell may have said something before.
    let lines = result.errors.split(separator: "\n").suffix(2)
    #expect(
      result.status == status && lines.first?.contains(says) == true
        && lines.last?.hasPrefix("hint: ") == true && lines.last?.contains(hint) == true,
      "\(result.errors)", sourceLocation: sourceLocation)
  }

  /// The hook is run when this push has seen what is there, and before it writes.
  @Test(arguments: ["directory", "ssh"])
  func aPushThatAnotherOvertookIsToldSo(_ kind: String) throws {
    let hub = try Workplace.withHistory(deltas: 1)
    let (fast, slow) = (try Workplace(), try Workplace())
    let location = kind == "ssh" ? "host:." : hub.directory.path
    for (number, copy) in [fast, slow].enumerated() {
      copy.rledit.environment["RLEDIT_SSH"] = try SecureShellTests.standIn(
        copy, home: hub.directory.path)
      try copy.succeed("clone", location)
      try copy.commitDelta(5 + number)
    }
    let hooks = slow.path(".rledit/hooks")
    try FileManager.default.createDirectory(atPath: hooks, withIntermediateDirectories: true)
    let push = "rledit push --store '\(fast.path(".rledit"))' '\(hub.directory.path)'"
    try "#!/bin/sh\nexec \(push) >/dev/null\n".write(
      toFile: hooks + "/pre-push", atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: hooks + "/pre-push")
    try expect(
      slow, "push", status: 11, says: "\"main\" of the store pushed to has moved meanwhile",
      hint: "rledit pull")
    #expect(try hub.id("main") == fast.id())
  }

  @Test func onlyNamesTravel() throws {
    let place = try Workplace.withHistory(deltas: 2)
    let hub = try Workplace.withHistory()
    for text in ["HEAD~1", "main~2..main"] {
      try expect(
        place, "push", hub.directory.path, text, status: 12, says: "stands for commits",
        hint: "rledit branch")
      try expect(
        place, "bundle", "create", "f", text, status: 12, says: "stands for commits",
        hint: "--except")
    }
    try expect(
      place, "bundle", "create", "f", "mian", status: 12, says: "no revision is called",
      hint: "did you mean \"main\"")
  }

  @Test func namesThatPushNothingAreTold() throws {
    let hub = try Workplace.withHistory()
    let place = try Workplace()
    try place.succeed("init")
    for name in [["main"], ["HEAD"], []] {
      let result = try place.rledit.run(["push", hub.directory.path] + name)
      #expect(result.status == 12)
      #expect(result.errors.contains("branch \"main\" has no commits yet"), "\(result.errors)")
    }
    let other = try Workplace.withHistory(deltas: 1)
    for name in ["+main", "+main:main"] {
      try expect(
        other, "push", hub.directory.path, name, status: 2, says: "begins with +", hint: "--force")
    }
    try expect(
      other, "push", hub.directory.path, "main:x", "HEAD~1:x", status: 2,
      says: "cannot be two things", hint: "once")
  }

  @Test func anotherTagThereIsReplacedByForce() throws {
    let hub = try Workplace.withHistory(deltas: 1)
    try hub.succeed("tag", "rel", "HEAD~1")
    let place = try Workplace.withHistory(deltas: 1)
    try place.succeed("tag", "rel")
    try expect(
      place, "push", hub.directory.path, "rel", status: 12, says: "has another tag called \"rel\"",
      hint: "--force")
    try place.succeed("push", "--force", hub.directory.path, "rel")
    #expect(try hub.id("rel") == place.id("rel"))
  }

  @Test func aProgramOfThisMachineThatIsNotThereIsNamed() throws {
    let place = try Workplace.withHistory()
    for command in ["no-such-ssh", "/no/such/ssh -v"] {
      place.rledit.environment["RLEDIT_SSH"] = command
      try expect(
        place, "fetch", "host:x", status: 17, says: "cannot run \(command) here", hint: "RLEDIT_SSH"
      )
    }
    // Whether a program is missing here or there is told apart.
    place.rledit.environment["RLEDIT_SSH"] = "exit 127; true"
    try expect(
      place, "fetch", "host:x", status: 17, says: "no program \"rledit\" at \"host:x\"",
      hint: "install rledit there")
    place.rledit.environment["RLEDIT_RCLONE"] = "no-such-rclone"
    try expect(
      place, "fetch", "rclone:x:y", status: 17, says: "cannot run no-such-rclone here",
      hint: "RLEDIT_RCLONE")
  }

  @Test func aPlaceWithNothingIsToldAsOne() throws {
    let empty = try Workplace()
    try empty.succeed("init")
    let place = try Workplace.withHistory()
    try expect(
      place, "clone", empty.directory.path, "new", status: 12, says: "there is nothing at",
      hint: "check the location")
    try expect(
      place, "fetch", empty.directory.path, status: 12, says: "there is nothing to take in",
      hint: "check the location")
    #expect(!FileManager.default.fileExists(atPath: place.path("new")))
  }
}
