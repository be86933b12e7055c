import Foundation
import TestSupport
import Testing

/// What a store knows of the branches of another one: `origin/main` and the like.
@Suite struct TrackingTests {
  enum Kind: CaseIterable {
    case directory
    case secureShell
    case rclone
  }

  /// A store with the branches main and side, and a clone of it, or of what was pushed from it.
  struct Pair {
    let place: Workplace
    let copy: Workplace
    let location: String

    init(_ kind: Kind = .directory) throws {
      place = try Workplace.withHistory(deltas: 2)
      try place.succeed("switch", "-c", "side", "HEAD~1")
      try place.commitDelta(5)
      copy = try Workplace()
      switch kind {
      case .directory: location = place.directory.path
      case .secureShell: location = "host:" + place.directory.path
      case .rclone:
        location = "rclone::local:" + place.path("depot")
        try place.succeed("push", location, "--all")
      }
      copy.rledit.environment["RLEDIT_SSH"] = try SecureShellTests.standIn(
        copy, home: place.directory.path)
      try copy.succeed("clone", location)
    }
  }

  @Test(arguments: Kind.allCases)
  func aCloneAndAPushTellWhereTheBranchesAre(_ kind: Kind) throws {
    let pair = try Pair(kind)
    let (place, copy) = (pair.place, pair.copy)
    #expect(try copy.id("origin/main") == place.id("main"))
    #expect(try copy.id("origin/side") == place.id("side"))
    #expect(try copy.json("status")["branch"] as? String == "side")
    try copy.commitDelta(7)
    #expect(try copy.id("origin/side") == place.id("side"))
    try copy.succeed("push")
    #expect(try copy.id("origin/side") == copy.id())
    try copy.succeed("switch", "-c", "new")
    try copy.succeed("push", "origin", "new", "main")
    #expect(try copy.id("origin/new") == copy.id())
    // A push that is refused tells nothing.
    try copy.succeed("reset", "HEAD~1")
    try copy.commitDelta(8)
    let seen = try copy.id("origin/new")
    #expect(try copy.rledit("push").status == 11)
    #expect(try copy.id("origin/new") == seen)
    try copy.succeed("push", "--force")
    #expect(try copy.id("origin/new") == copy.id())
    try copy.expectWhole()
  }

  @Test func cloneAndPushAreOneOperationEach() throws {
    let pair = try Pair()
    let (place, copy) = (pair.place, pair.copy)
    func commands() throws -> [String] {
      let operations = try #require(copy.json("op", "log")["operations"] as? [[String: Any]])
      return operations.compactMap { $0["command"] as? String }
    }
    #expect(try commands() == ["rledit clone \(pair.location)"])
    try copy.succeed("undo")
    #expect(try copy.rledit("log").status == 12)
    #expect(try copy.rledit("show", "origin/side").status == 12)
    try copy.succeed("redo")
    #expect(try copy.json("status")["branch"] as? String == "side")
    try copy.commitDelta(7)
    let seen = try copy.id("origin/side")
    try copy.succeed("push")
    #expect(try commands().first == "rledit push")
    // Nothing to push, nothing to tell.
    try copy.succeed("push")
    #expect(try commands().count { $0 == "rledit push" } == 1)
    let head = try copy.id()
    #expect(try copy.succeed("undo").contains("the other store keeps what it has"))
    #expect(try copy.id("origin/side") == seen)
    #expect(try copy.id() == head && place.id("side") == head)
    // What is there already is told of all the same.
    try copy.succeed("push")
    #expect(try copy.id("origin/side") == head)
  }

  @Test func branchesOfOthersAreListedWhereAskedFor() throws {
    let pair = try Pair()
    let copy = pair.copy
    func names(_ options: String...) throws -> [String] {
      let report = try copy.rledit.run(["branch", "--json"] + options).json()
      return (report["names"] as? [[String: Any]])?.compactMap { $0["name"] as? String } ?? []
    }
    #expect(try names() == ["main", "side"])
    #expect(try names("-r") == ["origin/main", "origin/side"])
    #expect(try names("--all") == ["main", "side", "origin/main", "origin/side"])
    let items = try #require(copy.json("branch", "-a")["names"] as? [[String: Any]])
    #expect(items.map { $0["remote"] as? String } == [nil, nil, "origin", "origin"])
    #expect(items.compactMap { $0["isCurrent"] as? Bool } == [false, true, false, false])
    #expect(try copy.succeed("branch", "-a").contains("  origin/main"))
    #expect(try copy.rledit("branch", "-r", "x").status == 2)
  }

  @Test func theLogTellsOfBranchesOfOthers() throws {
    let pair = try Pair()
    let copy = pair.copy
    let line = try copy.succeed("log", "--oneline", "-n", "1")
    #expect(line.contains(" (HEAD -> side, origin/side) delta 5"))
    let coloured = try copy.succeed("log", "--oneline", "-n", "1", "--color", "always")
    #expect(coloured.contains("\u{1b}[36mHEAD -> side\u{1b}[0m"))
    #expect(coloured.contains("\u{1b}[31morigin/side\u{1b}[0m"))
    // What only another store's branch leads to is in the log of all.
    try copy.succeed("switch", "main")
    try copy.succeed("branch", "-d", "side")
    #expect(try !copy.succeed("log").contains("delta 5"))
    #expect(try copy.succeed("log", "--all").contains("delta 5"))
  }

  @Test func aBranchThatOnlyAnotherStoreHasIsMadeFromIt() throws {
    let pair = try Pair()
    let (place, copy) = (pair.place, pair.copy)
    try place.succeed("branch", "feat/one", "main")
    try copy.succeed("fetch")
    let said = try copy.succeed("switch", "feat/one")
    #expect(said.contains("Made branch feat/one from origin/feat/one"))
    #expect(try copy.json("status")["branch"] as? String == "feat/one")
    #expect(try copy.id() == place.id("main"))
    try copy.succeed("switch", "-c", "mine", "origin/side")
    #expect(try copy.id() == place.id("side"))
    // Which of two is not guessed, and a tag is none.
    try copy.succeed("remote", "add", "second", pair.location)
    try copy.succeed("fetch", "second")
    try copy.succeed("branch", "-d", "feat/one")
    let refused = try copy.rledit("switch", "feat/one")
    #expect(refused.status == 12)
    #expect(refused.errors.contains("rledit switch -c feat/one origin/feat/one"))
    try copy.succeed("remote", "remove", "second")
    try copy.succeed("tag", "feat/one")
    #expect(try copy.rledit("switch", "feat/one").errors.contains("no branch"))
    #expect(try copy.rledit("switch", "origin/side").errors.contains("-c NEW origin/side"))
  }

  @Test func theStatusTellsHowFarABranchHasGone() throws {
    let pair = try Pair()
    let (place, copy) = (pair.place, pair.copy)
    func expect(
      _ ahead: Int, _ behind: Int, _ words: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let upstream = try copy.json("status")["upstream"] as? [String: Any]
      #expect(upstream?["name"] as? String == "origin/side", sourceLocation: sourceLocation)
      #expect(
        upstream?["ahead"] as? Int == ahead && upstream?["behind"] as? Int == behind,
        "\(upstream ?? [:])", sourceLocation: sourceLocation)
      #expect(try copy.succeed("status").contains(words), sourceLocation: sourceLocation)
    }
    try expect(0, 0, "as origin/side was last seen")
    for number in 7...9 { try copy.commitDelta(number) }
    try expect(3, 0, "3 commits ahead of origin/side")
    try place.commitDelta(6)
    try copy.succeed("fetch")
    try expect(3, 1, "3 commits ahead of origin/side, 1 behind")
    try copy.succeed("reset", "HEAD~3")
    try expect(0, 1, "1 commit behind origin/side")
    try copy.succeed("pull")
    try expect(0, 0, "as origin/side was last seen")
    try copy.succeed("switch", "-c", "new")
    #expect(try copy.json("status")["upstream"] == nil)
    try copy.succeed("switch", "--detach", "side")
    #expect(try copy.json("status")["upstream"] == nil)
  }

  @Test func aBranchWithoutCommitsBeginsWithAnotherHistory() throws {
    let place = try Workplace.withHistory(deltas: 2)
    let copy = try Workplace()
    try copy.succeed("init")
    try copy.succeed("remote", "add", "origin", place.directory.path)
    try copy.succeed("fetch")
    #expect(try copy.rledit("merge", "origin/main", "--no-ff").status == 2)
    let planned = try copy.json("merge", "origin/main", "--dry-run")
    #expect(planned["outcome"] as? String == "fast-forward" && planned["commit"] == nil)
    #expect(try copy.rledit("log").status == 12)
    let merged = try copy.json("merge", "origin/main")
    #expect(merged["outcome"] as? String == "fast-forward" && merged["added"] as? Int == 2)
    #expect(try merged["commit"] as? String == place.id())
    #expect(try copy.digests() == place.digests())
    try copy.succeed("undo")
    #expect(try copy.rledit("log").status == 12)
    #expect(try copy.succeed("pull").contains("Moved forward to"))
    #expect(try copy.id() == place.id())
    try copy.expectWhole()
  }

  @Test func aRemoteIsRenamedWithItsBranchesAndMoves() throws {
    let pair = try Pair()
    let (place, copy) = (pair.place, pair.copy)
    try copy.succeed("remote", "rename", "origin", "team")
    #expect(try copy.succeed("remote") == "team\t\(pair.location)\n")
    #expect(try copy.id("team/main") == place.id("main"))
    #expect(try copy.rledit("show", "origin/main").status == 12)
    #expect(try copy.rledit("fetch").status == 12)
    try copy.succeed("remote", "add", "second", "elsewhere")
    #expect(try copy.rledit("remote", "rename", "team", "second").status == 12)
    #expect(try copy.rledit("remote", "rename", "none", "x").status == 12)
    #expect(try copy.rledit("remote", "rename", "team", "a/b").status == 2)
    try copy.succeed("remote", "set-url", "second", pair.location)
    try copy.succeed("fetch", "second")
    #expect(try copy.id("second/main") == place.id("main"))
    #expect(try copy.rledit("remote", "set-url", "none", pair.location).status == 12)
    try copy.expectWhole()
  }

  @Test func onlyARemoteIsRemembered() throws {
    let pair = try Pair()
    let third = try Workplace()
    try third.succeed("init")
    try pair.copy.succeed("push", third.directory.path, "side")
    #expect(try pair.copy.rledit("show", "other/side").status == 12)
    // The location of a remote is that remote.
    try pair.copy.succeed("switch", "-c", "new")
    try pair.copy.succeed("push", pair.location)
    #expect(try pair.copy.id("origin/new") == pair.copy.id())
    // A bundle is no remote.
    try pair.place.succeed("bundle", "create", "all.bundle")
    let fourth = try Workplace()
    try fourth.succeed("clone", pair.place.path("all.bundle"))
    #expect(try fourth.rledit("show", "origin/main").status == 12)
  }

  /// What is gone in the other store stays known here until it is told to be forgotten.
  @Test(arguments: Kind.allCases)
  func branchesThatAreGoneThereAreForgottenWhenTold(_ kind: Kind) throws {
    let pair = try Pair(kind)
    let (place, copy) = (pair.place, pair.copy)
    let there = kind == .rclone ? pair.location : place.directory.path
    try place.succeed("push", there, ":side", "main")
    if kind != .rclone { try place.succeed("switch", "main") }
    let absent = try copy.rledit("push", "origin", ":side")
    #expect(absent.status == 12 && absent.errors.contains("the other store has no branch or tag"))
    #expect(absent.errors.contains("rledit fetch --prune"))
    try copy.succeed("fetch")
    _ = try copy.id("origin/side")
    #expect(try copy.succeed("fetch", "--prune").contains("origin/side"))
    #expect(try copy.rledit("show", "origin/side").status == 12)
    _ = try copy.id("origin/main")
    let pulled = try copy.rledit("pull", "origin", "side")
    #expect(pulled.status == 12 && pulled.errors.contains("the other store has no branch or tag"))
  }

  @Test func whatIsKnownOfBranchesElsewhereCanBeForgottenByName() throws {
    let pair = try Pair()
    let copy = pair.copy
    try copy.succeed("branch", "-d", "-r", "origin/side")
    #expect(try copy.rledit("show", "origin/side").status == 12)
    let wrong = try copy.rledit("branch", "-d", "-r", "origin/mian")
    #expect(wrong.status == 12 && wrong.errors.contains("origin/main"))
    // Of a store that has no name here, too.
    try copy.succeed("remote", "remove", "origin")
    try copy.succeed("fetch", pair.location)
    _ = try copy.id("other/side")
    try copy.succeed("remote", "remove", "other")
    #expect(try copy.rledit("show", "other/side").status == 12)
    #expect(try copy.rledit("remote", "remove", "other").status == 12)
  }

  /// One name that is too long with the remote's in front keeps nobody from the others.
  @Test func aBranchWhoseNameIsTooLongIsNotFollowed() throws {
    let pair = try Pair()
    let name = String(repeating: "n", count: 240)
    try pair.place.succeed("branch", name)
    try pair.place.succeed("switch", "main")
    try pair.place.commitDelta(9)
    try pair.copy.succeed("fetch")
    #expect(try pair.copy.id("origin/main") == pair.place.id("main"))
  }

  @Test func aRemoteThatIsRenamedTwiceAtOnceHasOneNameAfterwards() throws {
    let place = try Workplace.withHistory()
    for _ in 0..<4 {
      try place.succeed("remote", "add", "origin", place.directory.path)
      let renamings = try ["a", "b"].map {
        try place.rledit.start(["remote", "rename", "origin", $0])
      }
      #expect(try renamings.map { try $0.wait().status }.sorted() == [0, 12])
      let names = try place.succeed("remote").split(separator: "\n").map { $0.prefix(1) }
      #expect(names.count == 1)
      try place.succeed("remote", "remove", String(names[0]))
    }
  }
}
