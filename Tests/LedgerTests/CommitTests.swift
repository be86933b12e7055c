import Ledger
import ObjectModel
import ObjectStore
import Testing

@Suite struct CommitTests {
  @Test func aLedgerBeginsOnce() throws {
    let fixture = try Fixture()
    #expect(throws: LedgerError.alreadyALedger) { try fixture.ledger.begin() }
    let view = try fixture.ledger.view()
    #expect(try view.head() == .branch(name: "main", commit: nil))
    #expect(throws: LedgerError.noCommits(branch: "main")) { try view.headCommit() }
    #expect(throws: LedgerError.noCommits(branch: "main")) { try fixture.commit(1) }
    try fixture.commitRoot()
    #expect(throws: LedgerError.hasCommits(branch: "main")) { try fixture.commitRoot() }
  }

  @Test func aCommitSaysEverythingOfItsDraft() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let attachment = try fixture.store.put(Attachment(kind: "k", files: []))
    let draft = CommitDraft(
      deltas: [try fixture.delta(1), try fixture.delta(2)], operation: .edit, message: "Two",
      edits: [EditRecord(prompt: "p", subject: "s", target: "t")],
      recipe: Recipe(
        method: "rledit", engineVersion: 3, seed: 4, hypernetwork: .identity, parameters: [],
        targetModules: ["w"]),
      attachments: ["a": attachment], metrics: [.init(name: "m", value: 0.5)])
    let id = try fixture.ledger.commit(draft, fixture.context())
    let commit = try fixture.ledger.view().commit(id)
    #expect(commit.parents == [root] && commit.model == fixture.model && commit.author == "Ada")
    #expect(commit.added.map(\.sequence) == [0, 1] && commit.added.map(\.delta) == draft.deltas)
    #expect(commit.edits == draft.edits && commit.recipe == draft.recipe)
    #expect(commit.attachments == draft.attachments && commit.metrics == draft.metrics)
    #expect(
      try commit.stateDigests
        == NameDeriver().digests(model: fixture.model, activeDeltas: draft.deltas))
    #expect(try fixture.entries() == commit.added)
    try fixture.expectSound()
  }

  @Test func aCommitOfWhatIsNotThereIsRefused() throws {
    let fixture = try Fixture()
    let nowhere = Digest256(words: [1, 2, 3, 4])
    #expect(throws: LedgerError.missingObject(type: "model", id: nowhere)) {
      try fixture.ledger.commitRoot(model: ModelID(nowhere), message: "", fixture.context())
    }
    let root = try fixture.commitRoot()
    #expect(throws: LedgerError.missingObject(type: "delta", id: nowhere)) {
      try fixture.ledger.commit(
        CommitDraft(deltas: [DeltaID(nowhere)], operation: .edit, message: ""), fixture.context())
    }
    #expect(try fixture.head() == root)
  }

  @Test func aDeriversFailureChangesNothing() throws {
    struct Failing: StateDeriver {
      struct Failure: Error {}
      func digests(
        model: ModelID, chain: Chain, nodes: some ChainNodeSource
      ) throws -> [String: StateDigest] {
        throw Failure()
      }
    }
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let ledger = Ledger(store: fixture.store, stateDeriver: Failing())
    let draft = CommitDraft(deltas: [try fixture.delta(1)], operation: .edit, message: "")
    #expect(throws: Failing.Failure.self) { try ledger.commit(draft, fixture.context()) }
    #expect(try fixture.head() == root)
    // Digests that come with the draft are not derived again.
    var known = draft
    known.stateDigests = ["w": StateDigest(Digest128(high: 1, low: 2))]
    let id = try ledger.commit(known, fixture.context())
    #expect(try ledger.view().commit(id).stateDigests == known.stateDigests)
  }

  /// While the digests are derived another process moves the branch.
  @Test func aCommitThatComesTooLateIsRefused() throws {
    struct Meddling: StateDeriver {
      let ledger: Ledger
      let target: CommitID
      func digests(
        model: ModelID, chain: Chain, nodes: some ChainNodeSource
      ) throws -> [String: StateDigest] {
        try ledger.reset(
          to: target, OperationContext(command: "meddle", author: "Eve", time: 0))
        return [:]
      }
    }
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let first = try fixture.commit(1)
    let late = Ledger(
      store: fixture.store, stateDeriver: Meddling(ledger: fixture.ledger, target: root))
    let draft = CommitDraft(deltas: [try fixture.delta(2)], operation: .edit, message: "late")
    // The loser is told who was faster: the third operation, by what the log says of it.
    let winner = LoggedOperation(time: 0, command: "meddle", author: "Eve", changes: [])
    #expect(
      throws: LedgerError.referenceMoved(name: "refs/heads/main", by: ReferenceMove(3, winner))
    ) {
      try late.commit(draft, fixture.context())
    }
    #expect(try fixture.head() == root)
    #expect(try fixture.ledger.view().operations().first?.operation.command == "meddle")
    #expect(try fixture.ledger.view().resolve("@{1}") == first)
    try fixture.expectSound()
  }

  @Test func committingTouchesFewNodesHoweverLongTheHistory() throws {
    let fixture = try Fixture()
    try fixture.commitRoot()
    _ = try fixture.ledger.commit(
      CommitDraft(
        deltas: [DeltaID](repeating: fixture.delta(0), count: 1500), operation: .edit,
        message: "many"),
      fixture.context())
    let before = try fixture.store.statistics().objectCount
    try fixture.commit(1)
    // Delta, commit, chain and three nodes.
    #expect(try fixture.store.statistics().objectCount == before + 6)
    let after = try fixture.head()
    try fixture.ledger.revert([after], fixture.context())
    // Commit and chain, and at most three nodes.
    #expect(try fixture.store.statistics().objectCount <= before + 11)
  }
}
