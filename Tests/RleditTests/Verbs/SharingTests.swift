import Foundation
import TestSupport
import Testing

/// bundle and clone.
@Suite struct SharingTests {
  /// Three commits, a branch, an annotated tag and a merge.
  private func origin() throws -> Workplace {
    let place = try Workplace.withHistory(deltas: 2)
    try place.succeed("switch", "-c", "side", "HEAD~1")
    try place.commitDelta(5)
    try place.succeed("tag", "v1", "HEAD", "-m", "first")
    try place.succeed("switch", "main")
    try place.succeed("merge", "side")
    return place
  }

  @Test func aCloneOfABundleIsTheStore() throws {
    let place = try origin()
    try place.succeed("bundle", "create", "all.bundle")
    let verified = try place.json("bundle", "verify", "all.bundle")
    let names = (verified["references"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
    #expect(names == ["refs/heads/main", "refs/heads/side", "refs/tags/v1"])
    let copy = try Workplace()
    for source in [place.path("all.bundle"), place.directory.path] {
      let directory = "clone\(source.count)"
      try copy.succeed("clone", source, directory)
      func inClone(_ arguments: String...) throws -> [String: Any] {
        let result = try copy.rledit.run(["-C", directory] + arguments + ["--json"])
        #expect(result.status == 0, "\(result.errors)")
        return try result.json()
      }
      for name in ["main", "side", "v1"] {
        let commit = try inClone("show", name)
        #expect((commit["commit"] as? [String: Any])?["id"] as? String == (try place.id(name)))
        #expect(commit["stateDigests"] as? [String: String] == (try place.digests(name)))
      }
      #expect(try inClone("status")["branch"] as? String == "main")
      #expect(try inClone("fsck", "--full")["sound"] as? Bool == true)
      #expect(try inClone("verify")["agrees"] as? Bool == true)
      _ = try inClone("replay", "--verify")
    }
    let again = try copy.rledit(
      "clone", place.path("all.bundle"), "clone\(place.directory.path.count)")
    #expect(again.status == 10)
    // A clone that failed does not stand in the way of the next.
    #expect(try copy.rledit("clone", "nothing.bundle", "new").status == 17)
    try Data("rledpack".utf8).write(to: URL(fileURLWithPath: copy.path("bad.bundle")))
    #expect(try copy.rledit("clone", "bad.bundle", "new").status == 13)
    let whole = try Data(contentsOf: URL(fileURLWithPath: place.path("all.bundle")))
    try whole.dropLast(40).write(to: URL(fileURLWithPath: copy.path("bad.bundle")))
    #expect(try copy.rledit("clone", "bad.bundle", "new").status == 13)
    try copy.succeed("clone", place.path("all.bundle"), "new")
  }

  @Test func aBundleHasOnlyWhatIsMissing() throws {
    let place = try origin()
    let copy = try Workplace()
    try copy.succeed("clone", place.directory.path)
    try place.commitDelta(8)
    let whole = try place.json("bundle", "create", "whole.bundle", "main")
    let part = try place.json("bundle", "create", "part.bundle", "main", "--except", "HEAD~1")
    #expect(part["requires"] as? [String] == [try place.id("HEAD~1")])
    let (large, small) = (
      try #require(whole["bytes"] as? Int), try #require(part["bytes"] as? Int)
    )
    #expect(small < large / 20)
    let before = try copy.id()
    let taken = try copy.json("bundle", "unbundle", place.path("part.bundle"), "--origin", "ada")
    #expect(taken["newObjects"] as? Int ?? 0 >= 3)
    #expect(try copy.id() == before)
    #expect(try copy.id("ada/main") == place.id())
    #expect(try copy.json("merge", "ada/main")["outcome"] as? String == "fast-forward")
    #expect(try copy.digests() == place.digests())
    try copy.expectWhole()
    let once = try copy.json("bundle", "unbundle", place.path("part.bundle"), "--origin", "ada")
    #expect(once["newObjects"] as? Int == 0 && once["newChunks"] as? Int == 0)
    // A store that has nothing of it cannot take it in.
    let stranger = try Workplace()
    try stranger.succeed("init")
    let refused = try stranger.rledit("bundle", "unbundle", place.path("part.bundle"))
    #expect(refused.status == 14 && refused.errors.contains("builds on"))
    #expect(try stranger.rledit("bundle", "verify", place.path("part.bundle")).status == 14)
  }

  @Test func theModelNeedNotTravel() throws {
    let place = try origin()
    let report = try place.json("bundle", "create", "light.bundle", "--without-model")
    #expect(try #require(report["bytes"] as? Int) < 100_000)
    let other = try Workplace.withHistory()
    try other.succeed("bundle", "unbundle", place.path("light.bundle"))
    #expect(try other.digests("bundle/main") == place.digests())
    try other.succeed("merge", "bundle/main")
    #expect(try other.digests() == place.digests())
    try other.expectWhole()
    let stranger = try Workplace()
    try stranger.succeed("init")
    #expect(try stranger.rledit("bundle", "unbundle", place.path("light.bundle")).status == 14)
  }

  @Test func aTagOfThatNameStays() throws {
    let place = try origin()
    try place.succeed("bundle", "create", "all.bundle")
    let other = try Workplace.withHistory()
    try other.succeed("tag", "v1")
    let own = try other.id("v1")
    let taken = try other.json("bundle", "unbundle", place.path("all.bundle"))
    let outcomes = (taken["references"] as? [[String: Any]])?.compactMap {
      $0["outcome"] as? String
    }
    #expect(outcomes == ["updated", "updated", "kept"])
    #expect(try other.id("v1") == own)
    try other.succeed("undo")
    #expect(try other.rledit("show", "bundle/main").status == 12)
  }

  /// Whatever byte of a bundle is wrong, nothing is referenced, and nothing crashes.
  @Test func damagedBundlesAreRefused() throws {
    let place = try Workplace.withHistory(deltas: 2)
    try place.succeed("bundle", "create", "good.bundle", "main", "--without-model")
    let good = try Data(contentsOf: URL(fileURLWithPath: place.path("good.bundle")))
    let other = try Workplace.withHistory()
    func outcome(_ data: Data) throws -> CommandResult {
      try data.write(to: URL(fileURLWithPath: other.path("bad.bundle")))
      return try other.rledit("bundle", "unbundle", "bad.bundle")
    }
    var generator = SeededGenerator(seed: 12)
    for _ in 0..<60 {
      var bad = good
      let place = Int.random(in: 0..<bad.count, using: &generator)
      bad[place] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
      let result = try outcome(bad)
      #expect(result.status == 13 || result.status == 14, "byte \(place): \(result.errors)")
    }
    for _ in 0..<20 {
      let length = Int.random(in: 0..<good.count, using: &generator)
      let result = try outcome(good.prefix(length))
      #expect(result.status == 13, "\(length) bytes: \(result.errors)")
    }
    #expect(try outcome(good + [0]).status == 13)
    #expect(try outcome(Data()).status == 13)
    #expect(try other.rledit("show", "bundle/main").status == 12)
    try other.expectWhole()
    #expect(try outcome(good).status == 0)
    #expect(try other.digests("bundle/main") == place.digests())
    #expect(try other.rledit("bundle", "unbundle", "nothing.bundle").status == 17)
  }

  @Test func storesExchangeTheirCommits() throws {
    let place = try origin()
    let copy = try Workplace()
    try copy.succeed("clone", place.directory.path)
    #expect(try copy.succeed("remote").contains("origin\t\(place.directory.path)"))
    try copy.commitDelta(7)
    let pushed = try copy.json("push")
    #expect((pushed["references"] as? [[String: Any]])?.first?["outcome"] as? String == "updated")
    #expect(try place.id("main") == copy.id())
    #expect(try copy.json("push")["newObjects"] as? Int == 0)
    // Both go on; the second to push has to take in first.
    try place.commitDelta(8)
    try copy.commitDelta(9)
    let refused = try copy.rledit("push")
    #expect(refused.status == 11 && refused.errors.contains("rledit pull"))
    try copy.succeed("pull")
    let line = try Workplace.withHistory(deltas: 2)
    for number in [5, 7, 9, 8] { try line.commitDelta(number) }
    #expect(try copy.digests() == line.digests())
    try copy.succeed("push")
    #expect(try place.digests() == copy.digests())
    try place.expectWhole()
    try copy.expectWhole()
    // What a push moved, the other store can undo.
    try place.succeed("undo")
    #expect(try place.id() != copy.id())
    try copy.succeed("fetch")
    #expect(try copy.id("origin/main") == place.id())
  }

  @Test func pushesTakeNothingAwayUnlessTold() throws {
    let place = try origin()
    let copy = try Workplace()
    try copy.succeed("clone", place.directory.path)
    try copy.succeed("reset", "HEAD~1")
    try copy.commitDelta(6)
    let there = try place.id()
    #expect(try copy.rledit("push", "origin", "main").status == 11)
    #expect(try place.id() == there)
    try copy.succeed("push", "--force")
    #expect(try place.id() == copy.id())
    try copy.succeed("tag", "-d", "v1")
    try copy.succeed("tag", "v1")
    #expect(try copy.rledit("push", "origin", "v1").status == 12)
    try copy.succeed("switch", "-c", "new")
    try copy.commitDelta(11)
    try copy.succeed("push", place.directory.path, "new")
    #expect(try place.id("new") == copy.id())
    #expect(try copy.rledit("push", "origin", "nothing").status == 12)
    #expect(try copy.rledit("push", "orgin").errors.contains("did you mean \"origin\""))
    try copy.succeed("remote", "add", "second", place.directory.path)
    #expect(try copy.rledit("remote", "add", "second", "x").status == 12)
    try copy.succeed("fetch", "second")
    try copy.succeed("remote", "remove", "second")
    #expect(try copy.rledit("show", "second/main").status == 12)
    #expect(try copy.rledit("fetch", "second").status == 12)
    try copy.succeed("switch", "--detach", "main")
    #expect(try copy.rledit("pull").status == 2)
    #expect(try copy.rledit("push").status == 2)
    #expect(try copy.rledit("remote", "add", "a/b", "x").status == 2)
    try copy.succeed("bundle", "create", "twice.bundle", "main", "main")
  }
}
