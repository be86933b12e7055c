import Ledger
import ObjectModel
import ObjectStore
import Testing

@Suite struct RevisionTests {
  /// main: root - a - b - c; side: root - a - x; and a merge of b and x made by hand on `joined`.
  private struct History {
    let fixture: Fixture
    let root, a, b, c, x, merge: CommitID

    init() throws {
      fixture = try Fixture()
      root = try fixture.commitRoot()
      a = try fixture.commit(1, message: "Teach the alpha")
      b = try fixture.commit(2, message: "Teach the beta")
      try fixture.ledger.createBranch("side", at: a, fixture.context())
      c = try fixture.commit(3, message: "Teach the gamma")
      try fixture.ledger.switchToBranch("side", fixture.context())
      x = try fixture.commit(9, message: "Try alpha otherwise")
      let parent = try fixture.ledger.view().commit(b)
      let merge = try Commit(
        parents: [b, x], model: fixture.model, chain: parent.chain, time: 0, author: "Ada",
        operation: .merge, message: "Join"
      ).encoded()
      try fixture.store.write { try $0.put(merge) }
      self.merge = merge.id
      try fixture.ledger.createBranch("joined", at: merge.id, fixture.context())
      try fixture.ledger.createTag("v1", at: b, fixture.context())
      try fixture.ledger.createTag("v2", at: c, message: "Annotated", fixture.context())
    }

    func resolve(_ text: String) throws -> CommitID { try fixture.ledger.view().resolve(text) }
  }

  @Test func everyFormNamesItsCommit() throws {
    let history = try History()
    let expected: [(String, CommitID)] = [
      ("HEAD", history.x), ("@", history.x), ("side", history.x), ("main", history.c),
      ("refs/heads/main", history.c), ("refs/tags/v1", history.b), ("v1", history.b),
      ("v2", history.c), ("v2~1", history.b), ("v2^", history.b), ("v2^^", history.a),
      ("main~3", history.root), ("main~0", history.c), ("main^0", history.c), ("@~", history.a),
      ("main~1^1~1", history.root), ("joined^1", history.b), ("joined^2", history.x),
      ("joined^2~2", history.root), ("HEAD~1", history.a), ("HEAD^", history.a),
      (history.b.hex, history.b), (String(history.b.hex.prefix(16)), history.b),
      (String(history.b.hex.prefix(16)).uppercased(), history.b),
      (String(history.c.hex.prefix(16)) + "~2", history.a), (":/beta", history.b),
      (":/alpha", history.x), (":/the alpha", history.a), (":/Teach", history.c),
      ("@{0}", history.x), ("@{1}", history.a), ("main@{1}", history.b), ("main@{3}", history.root),
      ("main@{1}~1", history.a), ("HEAD@{0}", history.x), ("HEAD@{1}", history.a),
      ("HEAD@{2}", history.c), ("refs/heads/main@{2}", history.a),
    ]
    for (text, commit) in expected {
      #expect(try history.resolve(text) == commit, "\(text)")
    }
  }

  @Test func placesOfHeadAreCountedByBranches() throws {
    let fixture = try Fixture(commits: 1)
    let (ledger, root) = (fixture.ledger, try fixture.ledger.view().resolve("HEAD~1"))
    func place(_ text: String) throws -> Head? { try ledger.view().previousHead(named: text) }
    #expect(throws: LedgerError.noSuchPastValue(text: "@{-1}", available: 0)) { try place("-") }
    try ledger.createBranch("side", at: root, switching: true, fixture.context())
    let main = try ledger.view().resolve("main")
    #expect(try place("-") == .branch(name: "main", commit: main))
    #expect(try ledger.view().resolve("@{-1}") == main)
    #expect(try ledger.view().resolve("@{-1}~1") == root)
    // What is undone, renamed or committed on no branch is no place of its own.
    try ledger.undo(fixture.context())
    #expect(throws: LedgerError.self) { try place("-") }
    try ledger.redo(fixture.context())
    try ledger.renameBranch("side", to: "other", fixture.context())
    #expect(try place("-") == .branch(name: "main", commit: main))
    try ledger.switchToCommit(root, fixture.context())
    try fixture.commit(5)
    let detached = try fixture.commit(6)
    #expect(try place("@{-1}") == .branch(name: "other", commit: root))
    try ledger.switchToBranch("main", fixture.context())
    #expect(try place("-") == .detached(detached))
    #expect(try place("@{-2}") == .branch(name: "other", commit: root))
    #expect(try place("@{-3}") == .branch(name: "main", commit: main))
    #expect(throws: LedgerError.noSuchPastValue(text: "@{-4}", available: 3)) {
      try place("@{-4}")
    }
    for text in ["main", "@{1}", "@{-1}~1", "main@{-1}", "@{-0}"] {
      #expect(try place(text) == nil, "\(text)")
    }
    for text in ["main@{-1}", "@{-0}", "@{-}", "@{-x}"] {
      #expect(throws: LedgerError.self, "\(text)") { try ledger.view().resolve(text) }
    }
  }

  @Test func whatOriginHasIsTheUpstream() throws {
    let (origin, copy) = (try Fixture(commits: 2), try Fixture())
    #expect(throws: LedgerError.noUpstream(branch: "main")) {
      try copy.ledger.view().resolve("@{u}")
    }
    _ = try copy.ledger.fetch(
      from: LocalRemote(origin.ledger), as: nil, tracking: "origin", copy.context(),
      progress: { _, _ in })
    try copy.commit(7)
    let view = try copy.ledger.view()
    for text in ["@{u}", "@{upstream}", "@{U}", "main@{u}", "HEAD@{u}", "refs/heads/main@{u}"] {
      #expect(try view.resolve(text) == origin.head(), "\(text)")
    }
    #expect(try view.resolve("@{u}~1") == origin.ledger.view().resolve("HEAD~1"))
    #expect(try view.resolveRange("@{u}..")?.excluded == origin.head())
    #expect(throws: LedgerError.noUpstream(branch: "none")) { try view.resolve("none@{u}") }
    try copy.ledger.switchToCommit(copy.head(), copy.context())
    #expect(throws: LedgerError.noUpstream(branch: nil)) {
      try copy.ledger.view().resolve("@{u}")
    }
  }

  @Test func tagObjectsAreFoundByPrefixToo() throws {
    let history = try History()
    let view = try history.fixture.ledger.view()
    let tag = try #require(view.tags().first { $0.name == "v2" }?.tag)
    #expect(try view.resolve(String(tag.hex.prefix(16))) == history.c)
  }

  @Test func rangesLeaveOutTheirFirstSide() throws {
    let history = try History()
    let view = try history.fixture.ledger.view()
    #expect(
      try view.resolveRange("v1..main")
        == RevisionRange(excluded: history.b, included: history.c))
    #expect(try view.resolveRange("main..")?.included == history.x)
    #expect(try view.resolveRange("..main")?.excluded == history.x)
    #expect(try view.resolveRange("main") == nil)
    #expect(try view.resolveRange(":/a..b") == nil)
    let listed = try view.log(from: [history.merge], excluding: [history.c]).map(\.id)
    #expect(listed == [history.merge, history.x])
    #expect(throws: LedgerError.threeDots(text: "a...b")) { try view.resolveRange("a...b") }
    let range = try view.resolveSymmetricRange("v1...main")
    #expect(try range?.first == view.resolve("v1") && range?.second == view.resolve("main"))
    #expect(
      try range?.bases == view.mergeBases(of: view.resolve("v1"), and: view.resolve("main")))
    #expect(try view.resolveSymmetricRange("main...")?.second == view.headCommit())
    #expect(try view.resolveSymmetricRange("v1..main") == nil)
    #expect(try view.resolveSymmetricRange(":/a...b") == nil)
  }

  @Test func whatNamesNothingIsExplained() throws {
    let history = try History()
    func expect(_ text: String, _ error: LedgerError) {
      #expect(throws: error) { try history.resolve(text) }
    }
    expect("mian", .unknownRevision(text: "mian", suggestions: ["main"]))
    expect("sidee~2", .unknownRevision(text: "sidee~2", suggestions: ["side"]))
    expect("head", .unknownRevision(text: "head", suggestions: []))
    expect("0000", .unknownRevision(text: "0000", suggestions: []))
    expect(":/nothing", .unknownRevision(text: ":/nothing", suggestions: []))
    expect("main~9", .noSuchParent(text: "main~9", commit: history.root, parent: 1))
    expect("main^2", .noSuchParent(text: "main^2", commit: history.c, parent: 2))
    expect("main@{9}", .noSuchPastValue(text: "main@{9}", available: 4))
    expect(
      "main~99999999999999999999",
      .invalidRevision(
        text: "main~99999999999999999999", reason: "99999999999999999999 is too large"))
    for text in ["", "~1", ":/", "main@{x}", "main@{1", "main~1x", "@{}"] {
      #expect {
        try history.resolve(text)
      } throws: { error in
        guard case .invalidRevision(text, _)? = error as? LedgerError else { return false }
        return true
      }
    }
  }

  @Test func whatMayMeanTwoThingsIsRefused() throws {
    let history = try History()
    let fixture = history.fixture
    try fixture.ledger.createTag("main", at: history.a, fixture.context())
    #expect(
      throws: LedgerError.ambiguousRevision(
        text: "main~1", candidates: ["refs/heads/main", "refs/tags/main"])
    ) { try history.resolve("main~1") }
    #expect(try history.resolve("refs/tags/main") == history.a)
    // A tag beside the branch it was made from is no trouble.
    try fixture.ledger.createTag("side", at: history.x, fixture.context())
    #expect(try history.resolve("side") == history.x)
    // Commits until two share four digits; by the birthday rule some 300 do.
    var seen: [String: CommitID] = [:]
    var number = 100
    while true {
      let id = try fixture.ledger.commit(
        CommitDraft(deltas: [], operation: .commit, message: "\(number)"), fixture.context())
      number += 1
      let prefix = String(id.hex.prefix(4))
      guard let other = seen.updateValue(id, forKey: prefix) else { continue }
      #expect {
        try history.resolve(prefix)
      } throws: { error in
        guard case .ambiguousRevision(prefix, let candidates)? = error as? LedgerError else {
          return false
        }
        return Set(candidates).isSuperset(of: [id.hex, other.hex])
      }
      break
    }
    #expect(throws: LedgerError.self) { try history.resolve(String(history.b.hex.prefix(3))) }
  }

  @Test func namesGoBeforeDigits() throws {
    let history = try History()
    let name = String(history.a.hex.prefix(8))
    try history.fixture.ledger.createBranch(name, at: history.c, history.fixture.context())
    #expect(try history.resolve(name) == history.c)
  }
}
