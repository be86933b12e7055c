import Foundation
import TestSupport
import Testing

/// Pushes that name what is in the other store: under another name, and to be removed there.
@Suite struct PushedNamesTests {
  private func outcomes(_ report: [String: Any]) -> [String] {
    (report["references"] as? [[String: Any]])?.compactMap { item in
      (item["name"] as? String).flatMap { name in
        (item["outcome"] as? String).map { "\(name) \($0)" }
      }
    } ?? []
  }

  @Test(arguments: TrackingTests.Kind.allCases)
  func namesThereAreMadeAndTakenAway(_ kind: TrackingTests.Kind) throws {
    let pair = try TrackingTests.Pair(kind)
    let copy = pair.copy
    try copy.succeed("tag", "v1")
    let made = try copy.json("push", "origin", "v1", "v1:v2", "side:mine", "HEAD~1:early")
    #expect(
      outcomes(made) == [
        "refs/heads/early updated", "refs/heads/mine updated", "refs/tags/v1 updated",
        "refs/tags/v2 updated",
      ])
    #expect(try copy.id("origin/mine") == copy.id("side"))
    #expect(try copy.id("origin/early") == copy.id("HEAD~1"))
    for current in ["HEAD", "@"] {
      #expect(try outcomes(copy.json("push", "origin", current)) == ["refs/heads/side unchanged"])
    }
    let removed = try copy.json("push", "origin", ":mine", ":v1")
    #expect(outcomes(removed) == ["refs/heads/mine removed", "refs/tags/v1 removed"])
    #expect(try copy.rledit("show", "origin/mine").status == 12)
    #expect(try copy.id("v1") == copy.id())
    try copy.succeed("push", "--delete", "origin", "early")
    #expect(try copy.rledit("push", "--delete", "origin", "early").status == 12)
    let other = try Workplace()
    other.rledit.environment = copy.rledit.environment
    try other.succeed("clone", pair.location)
    let branches = try #require(other.json("branch")["names"] as? [[String: Any]])
    #expect(branches.compactMap { $0["name"] as? String } == ["main", "side"])
    let tags = try #require(other.json("tag")["names"] as? [[String: Any]])
    #expect(tags.compactMap { $0["name"] as? String } == ["v2"])
    try copy.expectWhole()
  }

  @Test func whatCannotBeMeantIsRefused() throws {
    let pair = try TrackingTests.Pair()
    let copy = pair.copy
    try copy.succeed("tag", "v1", "-m", "annotated")
    func status(_ names: String...) throws -> Int32 {
      try copy.rledit.run(["push", "origin"] + names).status
    }
    #expect(try status("side:main") == 11)
    #expect(try status("side:x", "main:x") == 2 && status("side:x", ":main", "main") == 2)
    #expect(try status(":nothing") == 12 && status("nothing:x") == 12)
    #expect(try status("main:") == 2 && status(":") == 2 && status("main:a..b") == 2)
    #expect(try status("v1:refs/heads/v1") == 2 && status("main:refs/remotes/x/y") == 2)
    #expect(try copy.rledit("push", "--delete", "origin").status == 2)
    #expect(try copy.rledit("push", "--delete", "--all", "origin", "main").status == 2)
    #expect(try pair.place.id("main") == copy.id("main"))
  }

  @Test func aHookIsToldWhatIsToGo() throws {
    let pair = try TrackingTests.Pair()
    let copy = pair.copy
    try FileManager.default.createDirectory(
      atPath: copy.path(".rledit/hooks"), withIntermediateDirectories: true)
    let hook = copy.path(".rledit/hooks/pre-push")
    try Data("#!/bin/sh\necho \"$RLEDIT_REFERENCES\" > '\(copy.path("asked"))'\n".utf8)
      .write(to: URL(fileURLWithPath: hook))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: hook)
    let main = try copy.id("main")
    try copy.succeed("push", "origin", ":main")
    let asked = try String(contentsOfFile: copy.path("asked"), encoding: .utf8)
    #expect(asked == "refs/heads/main - \(main)\n")
    // The other store brings it back.
    try pair.place.succeed("undo")
    #expect(try pair.place.id("main") == main)
  }
}
