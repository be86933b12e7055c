import Ledger
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct MergeTests {
  /// Two branches that part after the first of three commits.
  private struct Fork {
    let fixture: Fixture
    let base: CommitID

    init() throws {
      fixture = try Fixture()
      try fixture.commitRoot()
      base = try fixture.commit(1)
      try fixture.ledger.createBranch("side", at: base, fixture.context())
    }

    func on(_ branch: String, _ body: () throws -> Void) throws {
      try fixture.ledger.switchToBranch(branch, fixture.context())
      try body()
    }

    func tip(_ branch: String) throws -> CommitID { try fixture.ledger.view().resolve(branch) }

    @discardableResult
    func merge(
      _ name: String, _ strategy: MergeStrategy = .append,
      _ change: (inout MergeRequest, MergePlan) -> Void = { _, _ in }
    ) throws -> MergeOutcome {
      let view = try fixture.ledger.view()
      let plan = try view.mergePlan(ours: view.headCommit(), theirs: view.resolve(name))
      var request = MergeRequest(strategy: strategy, name: name)
      change(&request, plan)
      return try fixture.ledger.merge(plan, request, fixture.context())
    }

    func deltas() throws -> [DeltaID] { try fixture.entries().map(\.delta) }
    func deltas(_ numbers: [Int]) throws -> [DeltaID] { try numbers.map { try fixture.delta($0) } }
  }

  @Test func theirEditsComeAfterOurs() throws {
    let fork = try Fork()
    try fork.on("side") { for number in [20, 21] { try fork.fixture.commit(number) } }
    try fork.on("main") { for number in [10, 11] { try fork.fixture.commit(number) } }
    let (ours, theirs) = (try fork.tip("main"), try fork.tip("side"))
    let outcome = try fork.merge("side")
    #expect(try fork.deltas() == fork.deltas([1, 10, 11, 20, 21]))
    let head = try fork.fixture.head()
    #expect(outcome == .merged(head))
    let commit = try fork.fixture.ledger.view().commit(head)
    #expect(commit.parents == [ours, theirs] && commit.operation == .merge)
    #expect(commit.subject == "Merge side")
    // The state is that of a line on which all was done in this order.
    let other = try Fixture()
    try other.commitRoot()
    for number in [1, 10, 11, 20, 21] { try other.commit(number) }
    #expect(
      try commit.stateDigests == other.ledger.view().commit(other.head()).stateDigests)
    // One revert takes the whole merge back.
    try fork.fixture.ledger.revert([head], fork.fixture.context())
    #expect(try fork.deltas() == fork.deltas([1, 10, 11]))
    try fork.fixture.expectSound()
  }

  @Test func revertsOfEitherSideAreHonoured() throws {
    let fork = try Fork()
    try fork.on("side") {
      let second = try fork.fixture.commit(20)
      try fork.fixture.commit(21)
      try fork.fixture.ledger.revert([fork.base, second], fork.fixture.context())
    }
    try fork.on("main") { try fork.fixture.commit(10) }
    try fork.merge("side")
    #expect(try fork.deltas() == fork.deltas([10, 21]))

    let other = try Fork()
    try other.on("side") { try other.fixture.commit(20) }
    try other.on("main") {
      try other.fixture.ledger.revert([other.base], other.fixture.context())
    }
    try other.merge("side")
    #expect(try other.deltas() == other.deltas([20]))
    try other.fixture.expectSound()
  }

  @Test func aRevertAfterAMergeReachesTheOtherNumber() throws {
    let fork = try Fork()
    var second = fork.base
    try fork.on("side") { second = try fork.fixture.commit(20) }
    try fork.on("main") { for number in [10, 11] { try fork.fixture.commit(number) } }
    try fork.merge("side")
    try fork.on("side") {
      try fork.fixture.ledger.revert([second], fork.fixture.context())
      try fork.fixture.commit(22)
    }
    try fork.on("main") { try fork.merge("side") }
    #expect(try fork.deltas() == fork.deltas([1, 10, 11, 22]))
  }

  @Test func whatBothSidesHaveIsThereOnce() throws {
    let fork = try Fork()
    try fork.on("side") { for number in [20, 30] { try fork.fixture.commit(number) } }
    try fork.on("main") { for number in [30, 10] { try fork.fixture.commit(number) } }
    try fork.merge("side")
    #expect(try fork.deltas() == fork.deltas([1, 30, 10, 20]))
  }

  @Test func mergingTwiceBothWaysBringsNothingTwice() throws {
    let fork = try Fork()
    try fork.on("side") { try fork.fixture.commit(20) }
    try fork.on("main") { try fork.fixture.commit(10) }
    let main = try fork.tip("main")
    try fork.fixture.ledger.createBranch("old", at: main, fork.fixture.context())
    try fork.merge("side")
    try fork.on("side") { try fork.merge("old") }
    #expect(try fork.deltas() == fork.deltas([1, 20, 10]))
    try fork.on("main") { try fork.merge("side") }
    #expect(try fork.deltas() == fork.deltas([1, 10, 20]))
    try fork.fixture.expectSound()
  }

  @Test func anAncestorIsUpToDateAndADescendantIsGoneTo() throws {
    let fork = try Fork()
    try fork.on("side") { try fork.fixture.commit(20) }
    try fork.on("main") {}
    #expect(try fork.merge("side") == .fastForward(fork.tip("side")))
    #expect(try fork.tip("main") == fork.tip("side"))
    #expect(try fork.merge("side") == .upToDate)
    try fork.fixture.ledger.undo(fork.fixture.context())
    #expect(try fork.tip("main") == fork.base)
    let outcome = try fork.merge("side") { request, _ in request.alwaysCommits = true }
    #expect(try outcome == .merged(fork.tip("main")))
    #expect(try fork.deltas() == fork.deltas([1, 20]))
  }

  @Test func aSideCanBeTakenWhole() throws {
    for (strategy, expected) in [(MergeStrategy.ours, [1, 10]), (.theirs, [1, 20])] {
      let fork = try Fork()
      try fork.on("side") { try fork.fixture.commit(20) }
      try fork.on("main") { try fork.fixture.commit(10) }
      try fork.merge("side", strategy)
      #expect(try fork.deltas() == fork.deltas(expected))
      #expect(try fork.fixture.ledger.view().commit(fork.fixture.head()).parents.count == 2)
      try fork.fixture.expectSound()
    }
  }

  @Test func theMeanTakesHalvesOfWhatOneSideHas() throws {
    let fork = try Fork()
    try fork.on("side") { for number in [20, 30] { try fork.fixture.commit(number) } }
    try fork.on("main") { for number in [10, 30] { try fork.fixture.commit(number) } }
    let fixture = fork.fixture
    try fork.merge("side", .average) { request, plan in
      for entry in plan.ourEntries + plan.theirEntries {
        for number in [10, 20] where (try? fixture.delta(number)) == entry.delta {
          request.halves[entry.delta] = try? fixture.delta(number + 500)
        }
      }
      #expect(request.halves.count == 2)
    }
    // What both have stays whole.
    #expect(try fork.deltas() == fork.deltas([1, 30, 510, 520]))
    try fork.fixture.expectSound()
  }

  @Test func whatAConflictLeavesOutIsOut() throws {
    let fork = try Fork()
    try fork.on("side") { for number in [20, 21] { try fork.fixture.commit(number) } }
    try fork.on("main") { for number in [10, 11] { try fork.fixture.commit(number) } }
    try fork.merge("side") { request, plan in
      request.leavingOut = [plan.ourEntries[0], plan.theirEntries[1]]
    }
    #expect(try fork.deltas() == fork.deltas([1, 11, 20]))
    // It stays out of later merges of the same line.
    try fork.on("side") { try fork.fixture.commit(22) }
    try fork.on("main") { try fork.merge("side") }
    #expect(try fork.deltas() == fork.deltas([1, 11, 20, 22]))
  }

  @Test func aPlanThatIsOutOfDateIsRefused() throws {
    let fork = try Fork()
    try fork.on("side") { try fork.fixture.commit(20) }
    try fork.on("main") {}
    let view = try fork.fixture.ledger.view()
    let plan = try view.mergePlan(ours: view.headCommit(), theirs: view.resolve("side"))
    try fork.fixture.commit(10)
    let (number, winner) = try #require(try fork.fixture.ledger.view().operations().first)
    #expect(winner.command == "rledit edit 10" && winner.author == "Ada")
    #expect(
      throws: LedgerError.referenceMoved(
        name: "refs/heads/main", by: ReferenceMove(number, winner))
    ) {
      try fork.fixture.ledger.merge(
        plan, MergeRequest(name: "side"), fork.fixture.context())
    }
  }

  @Test func onlyABranchWithoutCommitsBeginsWithAnotherHistory() throws {
    let (origin, fixture) = (try Fixture(commits: 2), try Fixture())
    _ = try fixture.ledger.fetch(
      from: LocalRemote(origin.ledger), as: "other", fixture.context(), progress: { _, _ in })
    let theirs = try fixture.ledger.view().resolve("other/main")
    try fixture.ledger.beginBranch(at: theirs, fixture.context())
    #expect(try fixture.ledger.view().head() == .branch(name: "main", commit: theirs))
    // A branch that somebody has begun meanwhile keeps what it has.
    let own = try fixture.commit(9)
    #expect(throws: LedgerError.self) {
      try fixture.ledger.beginBranch(at: theirs, fixture.context())
    }
    #expect(try fixture.head() == own)
    try fixture.expectSound()
  }

  @Test func historiesOfDifferentModelsAreNotMerged() throws {
    let fork = try Fork()
    let model = try fork.fixture.store.put(
      ModelManifest(
        architecture: "B", sourceName: "t", sourceFormat: "none", storage: .copied, tensors: [],
        files: []))
    let other = try fork.fixture.store.put(
      Commit(model: model, time: 0, author: "Ada", operation: .import, message: "Import"))
    let head = try fork.fixture.head()
    #expect(throws: LedgerError.differentModels(head, other)) {
      try fork.fixture.ledger.view().mergePlan(ours: head, theirs: other)
    }
    #expect(throws: LedgerError.differentModels(head, other)) {
      try fork.fixture.ledger.cherryPick([other], fork.fixture.context())
    }
  }
}
