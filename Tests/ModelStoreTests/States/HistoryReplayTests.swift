import Ledger
import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct HistoryReplayTests {
  /// A history with a branch, reverts of several commits and a revert of a revert.
  private func makeHistory(_ fixture: StoreFixture) throws -> [CommitID] {
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 20)
    func edit(_ tensors: [String]) throws -> CommitID {
      let updates = try tensors.map { try maker.update(of: $0, in: model, rank: 2) }
      return try fixture.commit([fixture.store.storeDelta(updates, for: model)])
    }
    var commits = [
      try fixture.ledger.commitRoot(model: model.id, message: "Import", fixture.context())
    ]
    for number in 0..<6 { commits.append(try edit([LlamaMatrix.all[number % 3]])) }
    try fixture.ledger.createBranch("side", at: commits[3], fixture.context())
    commits.append(try fixture.ledger.revert([commits[2], commits[5]], fixture.context()))
    commits.append(try edit(LlamaMatrix.all))
    commits.append(try fixture.ledger.revert([commits[7]], fixture.context()))
    try fixture.ledger.switchToBranch("side", fixture.context())
    for _ in 0..<3 { commits.append(try edit([LlamaMatrix.gate, LlamaMatrix.down])) }
    return commits
  }

  private func replay(_ fixture: StoreFixture, threads: Int = 2) throws -> HistoryReplay {
    HistoryReplay(store: fixture.store, compute: try Compute(threads: threads))
  }

  @Test func aHistoryOfBranchesAndRevertsReplaysToItsRecordedBits() throws {
    let fixture = try StoreFixture()
    let commits = try makeHistory(fixture)
    let snapshot = try fixture.store.snapshot()
    for order in [commits, commits.reversed(), commits.shuffled()] {
      var seen: [ReplayedCommit] = []
      #expect(try replay(fixture).verify(order) { seen.append($0) } == [])
      #expect(seen.map(\.done) == Array(1...commits.count))
      #expect(seen.last?.total == commits.count)
      // Parents before children, and every matrix looked at.
      var done: Set<CommitID> = []
      for replayed in seen {
        let commit = try snapshot.object(replayed.id)
        #expect(commit.parents.allSatisfy { done.contains($0) })
        #expect(replayed.tensorCount == commit.stateDigests.count)
        done.insert(replayed.id)
      }
      #expect(done == Set(commits))
    }
    #expect(try snapshot.object(commits[8]).stateDigests.count == 3)
  }

  @Test func aRevertOfARevertHasTheDigestsOfWhatNeverWasReverted() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 21)
    _ = try fixture.ledger.commitRoot(model: model.id, message: "Import", fixture.context())
    var commits: [CommitID] = []
    for _ in 0..<4 {
      let update = try maker.update(of: LlamaMatrix.gate, in: model, rank: 3)
      commits.append(try fixture.commit([fixture.store.storeDelta([update], for: model)]))
    }
    let reverted = try fixture.ledger.revert([commits[1]], fixture.context())
    let again = try fixture.ledger.revert([reverted], fixture.context())
    let snapshot = try fixture.store.snapshot()
    let digests = { (id: CommitID) in try snapshot.object(id).stateDigests }
    #expect(try digests(again) == digests(commits[3]))
    #expect(try digests(reverted) != digests(commits[3]))
    // Never made at all.
    let chain = try [commits[0], commits[2], commits[3]].flatMap {
      try snapshot.object($0).added.map(\.delta)
    }
    let fresh = Materializer(store: fixture.store, compute: fixture.compute)
    #expect(try digests(reverted) == fresh.digests(model: model.id, activeDeltas: chain))
  }

  @Test func aWrongAMissingAndASuperfluousDigestAreEachReported() throws {
    let fixture = try StoreFixture()
    let commits = try makeHistory(fixture)
    let good = try fixture.store.snapshot().object(commits[8])
    let other = StateDigest(Digest128(high: 1, low: 2))
    var forged = good
    forged.stateDigests[LlamaMatrix.down] = other
    forged.stateDigests[LlamaMatrix.query] = nil
    forged.stateDigests["model.norm.weight"] = other
    let id = try fixture.store.put(forged)
    let mismatches = try replay(fixture).verify(commits + [id])
    #expect(
      mismatches == [
        ReplayMismatch(
          commit: id, tensor: LlamaMatrix.query, recorded: nil,
          derived: good.stateDigests[LlamaMatrix.query]),
        ReplayMismatch(
          commit: id, tensor: LlamaMatrix.down, recorded: other,
          derived: good.stateDigests[LlamaMatrix.down]),
        ReplayMismatch(
          commit: id, tensor: "model.norm.weight", recorded: other, derived: nil),
      ])
  }

  @Test func aCommitAloneIsReplayedFromItsChain() throws {
    let fixture = try StoreFixture()
    let commits = try makeHistory(fixture)
    for commit in commits { #expect(try replay(fixture, threads: 1).verify([commit]) == []) }
    #expect(try replay(fixture).verify([]) == [])
  }

  @Test func aReplayCanBeStopped() async throws {
    let fixture = try StoreFixture()
    let commits = try makeHistory(fixture)
    let replay = try replay(fixture)
    let task = Task {
      try replay.verify(commits) { if $0.done == 2 { withUnsafeCurrentTask { $0?.cancel() } } }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
