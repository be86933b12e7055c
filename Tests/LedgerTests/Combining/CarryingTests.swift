import Ledger
import ObjectModel
import TestSupport
import Testing

/// Cherry-pick, rebase and squash.
@Suite struct CarryingTests {
  private let fixture: Fixture
  private let base: CommitID

  init() throws {
    fixture = try Fixture()
    try fixture.commitRoot()
    base = try fixture.commit(1)
    try fixture.ledger.createBranch("side", at: base, fixture.context())
  }

  private func on(_ branch: String) throws {
    try fixture.ledger.switchToBranch(branch, fixture.context())
  }

  private func deltas() throws -> [DeltaID] { try fixture.entries().map(\.delta) }
  private func deltas(_ numbers: [Int]) throws -> [DeltaID] {
    try numbers.map { try fixture.delta($0) }
  }

  private func rebase(onto name: String) throws -> [LogEntry] {
    let view = try fixture.ledger.view()
    let onto = try view.resolve(name)
    let plan = try view.rebasePlan(onto: onto, upstream: onto)
    return try fixture.ledger.rebase(plan, fixture.context()) { entry, line in
      try line.carry(entry, sharedNumbers: plan.sharedNumbers)
    }
  }

  @Test func aCherryPickBringsAnEditWithItsStory() throws {
    try on("side")
    for number in [20, 21] { try fixture.commit(number) }
    let picked = try fixture.ledger.commit(
      CommitDraft(
        deltas: [fixture.delta(22)], operation: .edit, message: "Move Rome\n",
        edits: [EditRecord(prompt: "Rome is in", subject: "Rome", target: "France")],
        recipe: Recipe(
          method: "rledit", engineVersion: 1, seed: 0, hypernetwork: nil, parameters: [],
          targetModules: [])),
      fixture.context())
    try on("main")
    try fixture.commit(10)
    let operations = try fixture.ledger.view().operations().count
    let made = try fixture.ledger.cherryPick([picked], fixture.context())
    #expect(try deltas() == deltas([1, 10, 22]))
    let commit = try fixture.ledger.view().commit(fixture.head())
    #expect(try made.map(\.id) == [fixture.head()])
    #expect(commit.edits.map(\.target) == ["France"] && commit.operation == .edit)
    #expect(commit.recipe == nil)
    #expect(commit.message == "Move Rome\n\nCarried over from commit \(picked.hex).")
    #expect(try fixture.ledger.view().operations().count == operations + 1)
    try fixture.expectSound()
  }

  @Test func severalArePickedInOneOperation() throws {
    try on("side")
    let commits = try [20, 21, 22].map { try fixture.commit($0) }
    let revert = try fixture.ledger.revert([commits[1]], fixture.context())
    try on("main")
    try fixture.commit(10)
    // The revert has nothing to do where its commit is not there.
    try fixture.ledger.cherryPick([commits[0], commits[2], revert], fixture.context())
    #expect(try deltas() == deltas([1, 10, 20, 22]))
    #expect(throws: LedgerError.nothingToCarry(commits: [commits[0], revert])) {
      try fixture.ledger.cherryPick([commits[0], revert], fixture.context())
    }
    try fixture.ledger.undo(fixture.context())
    #expect(try deltas() == deltas([1, 10]))
  }

  @Test func aPickedRevertTakesOut() throws {
    try on("side")
    let revert = try fixture.ledger.revert([base], fixture.context())
    let again = try fixture.ledger.revert([revert], fixture.context())
    try on("main")
    try fixture.commit(10)
    try fixture.ledger.cherryPick([revert], fixture.context())
    #expect(try deltas() == deltas([10]))
    // What was there before the lines parted goes back to its own place.
    try fixture.ledger.cherryPick([again], fixture.context())
    #expect(try deltas() == deltas([1, 10]))
    try fixture.expectSound()
  }

  @Test func aRebasedLineIsTheLineMadeThere() throws {
    try on("side")
    let commits = try [20, 21, 22].map { try fixture.commit($0) }
    let revert = try fixture.ledger.revert([commits[1], base], fixture.context())
    try fixture.ledger.revert([revert], fixture.context())
    try fixture.ledger.revert([commits[0]], fixture.context())
    try on("main")
    for number in [10, 11] { try fixture.commit(number) }
    try on("side")
    let made = try rebase(onto: "main")
    #expect(made.count == 6)
    #expect(try deltas() == deltas([1, 10, 11, 21, 22]))
    let view = try fixture.ledger.view()
    #expect(try view.isAncestor(view.resolve("main"), of: view.resolve("side")))
    #expect(made[1].commit.subject == "Commit 21")
    #expect(made[1].commit.time == (try view.commit(commits[1]).time))

    let other = try Fixture()
    try other.commitRoot()
    for number in [1, 10, 11, 21, 22] { try other.commit(number) }
    #expect(
      try made[5].commit.stateDigests == other.ledger.view().commit(other.head()).stateDigests)
    try fixture.expectSound()
  }

  @Test func whatIsUpstreamAlreadyIsDropped() throws {
    try on("side")
    for number in [20, 21] { try fixture.commit(number) }
    try on("main")
    for number in [21, 10] { try fixture.commit(number) }
    try on("side")
    #expect(try rebase(onto: "main").map(\.commit.subject) == ["Commit 20"])
    #expect(try deltas() == deltas([1, 21, 10, 20]))
  }

  @Test func aMergeBecomesOneLineUnlessItLeftSomethingOut() throws {
    try fixture.ledger.createBranch("third", at: base, fixture.context())
    try on("third")
    for number in [30, 31] { try fixture.commit(number) }
    try on("main")
    try fixture.commit(10)
    for leavesOut in [false, true] {
      try on("side")
      try fixture.ledger.reset(to: base, fixture.context())
      try fixture.commit(20)
      let view = try fixture.ledger.view()
      let plan = try view.mergePlan(ours: view.headCommit(), theirs: view.resolve("third"))
      var request = MergeRequest(name: "third")
      if leavesOut { request.leavingOut = [plan.theirEntries[0]] }
      let merge = try fixture.ledger.merge(plan, request, fixture.context())
      let after = try fixture.commit(22)
      if leavesOut {
        let id = try #require(merge.commit)
        #expect(throws: LedgerError.notOneLine(merge: id)) { try rebase(onto: "main") }
        #expect(try fixture.head() == after)
      } else {
        #expect(try rebase(onto: "main").count == 4)
        #expect(try Set(deltas()) == Set(deltas([1, 10, 20, 22, 30, 31])))
        #expect(try deltas().last == fixture.delta(22))
      }
    }
  }

  /// A branch that has taken in what came upstream, and then is put on top of that, keeps its own alone.
  @Test func aLineThatMergedItsUpstreamIsPutOnIt() throws {
    try on("main")
    for number in [10, 11] { try fixture.commit(number) }
    // A number that has become free upstream is not the line's.
    try fixture.ledger.revert([fixture.head()], fixture.context())
    try on("side")
    try fixture.commit(20)
    let view = try fixture.ledger.view()
    let plan = try view.mergePlan(ours: view.headCommit(), theirs: view.resolve("main"))
    try fixture.ledger.merge(plan, MergeRequest(name: "main"), fixture.context())
    try fixture.commit(21)
    #expect(try rebase(onto: "main").count == 2)
    #expect(try deltas() == deltas([1, 10, 20, 21]))
    try fixture.expectSound()
  }

  @Test func aSquashHasOneDeltaInThePlaceOfMany() throws {
    let first = try fixture.commit(2)
    let later = try [3, 4, 5].map { try fixture.commit($0) }
    try fixture.ledger.revert([later[1], base], fixture.context())
    let view = try fixture.ledger.view()
    let plan = try view.squashPlan(since: first)
    #expect(try plan.appended.map(\.delta) == deltas([3, 5]))
    #expect(plan.commits.map(\.id) == later + [try fixture.head()])
    let id = try fixture.ledger.squash(
      plan,
      CommitDraft(
        deltas: [fixture.delta(35)], operation: .commit, message: "Three and five"),
      fixture.context())
    #expect(try deltas() == deltas([2, 35]))
    let commit = try fixture.ledger.view().commit(id)
    #expect(commit.parents == [first])
    #expect(commit.omitted == [ChainEntry(sequence: 0, delta: try fixture.delta(1))])
    try fixture.expectSound()
  }

  @Test func onlyALineOfAncestorsIsSquashed() throws {
    try on("side")
    let side = try fixture.commit(20)
    try on("main")
    let head = try fixture.commit(10)
    #expect(throws: LedgerError.notAnAncestor(side)) {
      try fixture.ledger.view().squashPlan(since: side)
    }
    #expect(throws: LedgerError.nothingSince(head)) {
      try fixture.ledger.view().squashPlan(since: head)
    }
  }
}
