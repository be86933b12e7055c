import Ledger
import ObjectModel
import ObjectStore
import Testing

@Suite struct ReferenceTests {
  @Test func branchesComeAndGo() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let first = try fixture.commit(1)
    let ledger = fixture.ledger
    try ledger.createBranch("try/one", at: root, fixture.context())
    #expect(throws: LedgerError.branchExists(name: "try/one")) {
      try ledger.createBranch("try/one", at: root, fixture.context())
    }
    try ledger.switchToBranch("try/one", fixture.context())
    #expect(try ledger.view().head() == .branch(name: "try/one", commit: root))
    #expect(throws: LedgerError.branchIsCurrent(name: "try/one")) {
      try ledger.deleteBranches(["try/one"], fixture.context())
    }
    try ledger.renameBranch("try/one", to: "two", fixture.context())
    #expect(try ledger.view().head() == .branch(name: "two", commit: root))
    try ledger.switchToBranch("main", fixture.context())
    try ledger.renameBranch("two", to: "three", fixture.context())
    #expect(try ledger.view().branches().map(\.name) == ["main", "three"])
    #expect(try ledger.view().branches().map(\.commit) == [first, root])
    try ledger.deleteBranches(["three"], fixture.context())
    #expect(throws: LedgerError.noSuchBranch(name: "three", suggestions: [])) {
      try ledger.deleteBranches(["three"], fixture.context())
    }
    #expect(throws: LedgerError.noSuchBranch(name: "mian", suggestions: ["main"])) {
      try ledger.switchToBranch("mian", fixture.context())
    }
  }

  @Test func severalNamesAreDeletedAllOrNoneInOneOperation() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let ledger = fixture.ledger
    for name in ["a", "b", "c"] {
      try ledger.createBranch(name, at: root, fixture.context())
      try ledger.createTag(name, at: root, fixture.context())
    }
    #expect(throws: LedgerError.noSuchBranch(name: "none", suggestions: [])) {
      try ledger.deleteBranches(["a", "none", "b"], fixture.context())
    }
    #expect(throws: LedgerError.branchIsCurrent(name: "main")) {
      try ledger.deleteBranches(["a", "main"], fixture.context())
    }
    #expect(throws: LedgerError.noSuchTag(name: "none", suggestions: [])) {
      try ledger.deleteTags(["a", "none", "b"], fixture.context())
    }
    #expect(try ledger.view().branches().map(\.name) == ["a", "b", "c", "main"])
    #expect(try ledger.view().tags().map(\.name) == ["a", "b", "c"])
    try ledger.deleteBranches(["a", "b", "a"], fixture.context())
    try ledger.deleteTags(["c", "a", "a"], fixture.context())
    #expect(try ledger.view().branches().map(\.name) == ["c", "main"])
    #expect(try ledger.view().tags().map(\.name) == ["b"])
    try ledger.undo(fixture.context())
    try ledger.undo(fixture.context())
    #expect(try ledger.view().branches().map(\.name) == ["a", "b", "c", "main"])
    #expect(try ledger.view().tags().map(\.name) == ["a", "b", "c"])
    try fixture.expectSound()
  }

  @Test func tagsStandForCommits() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let ledger = fixture.ledger
    try ledger.createTag("v1", at: root, fixture.context())
    try ledger.createTag("v2", at: root, message: "Second", fixture.context())
    #expect(throws: LedgerError.tagExists(name: "v1")) {
      try ledger.createTag("v1", at: root, fixture.context())
    }
    let tags = try ledger.view().tags()
    #expect(tags.map(\.name) == ["v1", "v2"] && tags.map(\.commit) == [root, root])
    #expect(tags[0].tag == nil)
    #expect(try ledger.view().snapshot.object(#require(tags[1].tag)).message == "Second")
    try ledger.deleteTags(["v1"], fixture.context())
    #expect(throws: LedgerError.noSuchTag(name: "v1", suggestions: ["v2"])) {
      try ledger.deleteTags(["v1"], fixture.context())
    }
    try fixture.expectSound()
  }

  @Test(arguments: [
    "", "HEAD", "@", "-x", "a..b", "a@{1}", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b",
    "/a", "a/", "a//b", ".a", "a/.b", "a.", "a\n", String(repeating: "a", count: 64),
    String(repeating: "x", count: 300), "\u{301}a", "a\u{600}", "a-\u{301}b", "a/\u{301}b",
  ])
  func someNamesAreRefused(_ name: String) throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    #expect {
      try fixture.ledger.createBranch(name, at: root, fixture.context())
    } throws: { error in
      guard case .invalidName(name, _)? = error as? LedgerError else { return false }
      return true
    }
    #expect(try fixture.ledger.view().branches().count == 1)
  }

  /// Marks that combine belong to their letters.
  @Test(arguments: ["e\u{301}te\u{301}", "\u{e9}t\u{e9}", "日本/語", "a\u{600}b", "x1-y_z"])
  func aNameInAnyScriptComesBackAsItIs(_ name: String) throws {
    let fixture = try Fixture()
    try fixture.ledger.createBranch(name, at: fixture.commitRoot(), fixture.context())
    let names = try fixture.ledger.view().branches().map { Array($0.name.utf8) }
    #expect(names.contains(Array(name.utf8)) && names.count == 2)
  }

  @Test func aDetachedHeadMovesByItself() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let first = try fixture.commit(1)
    try fixture.ledger.switchToCommit(root, fixture.context())
    #expect(try fixture.ledger.view().head() == .detached(root))
    let second = try fixture.commit(2)
    #expect(try fixture.ledger.view().head() == .detached(second))
    #expect(try fixture.ledger.view().branches().map(\.commit) == [first])
    try fixture.ledger.reset(to: root, fixture.context())
    #expect(try fixture.ledger.view().head() == .detached(root))
    let status = try fixture.ledger.view().status()
    #expect(status.model == fixture.model && status.activeDeltas == 0)
    try fixture.expectSound()
  }

  @Test func goingWhereOneIsLogsNothing() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let before = try fixture.ledger.view().status().lastOperation
    try fixture.ledger.switchToBranch("main", fixture.context())
    try fixture.ledger.reset(to: root, fixture.context())
    #expect(try fixture.ledger.view().status().lastOperation == before)
  }
}
