import Ledger
import ModelStore
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct StateSnapshotTests {
  /// A fixture with the tiny Llama imported and committed.
  private func begun() throws -> (StoreFixture, StoredModel) {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    _ = try fixture.ledger.commitRoot(model: model.id, message: "Import", fixture.context())
    return (fixture, model)
  }

  private func commit(
    _ fixture: StoreFixture, _ model: StoredModel, _ maker: inout UpdateMaker, rank: Int = 8
  ) throws -> CommitID {
    let tensors = LlamaMatrix.all.shuffled(using: &maker.generator).prefix(2)
    let updates = try tensors.map { try maker.update(of: $0, in: model, rank: rank) }
    return try fixture.commit([try fixture.store.storeDelta(updates, for: model)])
  }

  /// What the deltas make of the base, by another materializer that knows no snapshot.
  private func oracle(_ commit: Commit, _ fixture: StoreFixture) throws -> [String: StateDigest] {
    let deltas = try fixture.ledger.view().activeDeltas(of: commit).map(\.delta)
    return try Materializer(store: fixture.store, compute: fixture.compute)
      .digests(model: commit.model, activeDeltas: deltas)
  }

  private func derived(_ commit: Commit, _ fixture: StoreFixture) throws -> [String: StateDigest] {
    let snapshot = try fixture.store.snapshot()
    return try Materializer(store: fixture.store, compute: fixture.compute).digests(
      model: commit.model, chain: commit.chain.map { try snapshot.object($0) } ?? .empty,
      nodes: snapshot)
  }

  /// Commits, reverts of all ages, resets and branches, with the snapshots that the policy places on the
  /// way: every commit's recorded digests are what the deltas make of the base, and so is what a fresh
  /// process derives.
  @Test func statesFromSnapshotsAreThoseFromTheBase() throws {
    let (fixture, model) = try begun()
    var maker = UpdateMaker(seed: 30)
    var commits: [CommitID] = []
    for step in 0..<150 {
      let head = try fixture.ledger.view().headCommit()
      switch Int.random(in: 0..<8, using: &maker.generator) {
      case 0 where step > 20:
        let line = try fixture.ledger.view().log(from: [head]).filter { !$0.commit.added.isEmpty }
        if let picked = line.randomElement(using: &maker.generator) {
          // One that a revert has left out is no longer there to revert.
          commits += (try? [fixture.ledger.revert([picked.id], fixture.context())]) ?? []
        }
      case 1 where step > 20:
        let back = commits[
          Int.random(in: commits.count / 2..<commits.count, using: &maker.generator)]
        try fixture.ledger.reset(to: back, fixture.context())
      default: commits.append(try commit(fixture, model, &maker))
      }
    }
    #expect(try fixture.store.snapshot().stateSnapshots().count > 4)
    for id in commits.shuffled(using: &maker.generator).prefix(60) {
      let commit = try fixture.ledger.view().commit(id)
      let expected = try oracle(commit, fixture)
      #expect(commit.stateDigests == expected)
      #expect(try derived(commit, fixture) == expected)
    }
    try fixture.expectSound()
  }

  /// The bounds that the policy states: room, and factors to read from the last snapshot on.
  @Test func snapshotsAreAsFarApartAsThePolicySays() throws {
    let (fixture, model) = try begun()
    var maker = UpdateMaker(seed: 31)
    for _ in 0..<120 { _ = try commit(fixture, model, &maker) }
    let view = try fixture.ledger.view()
    let chain = try view.chain(of: view.commit(view.headCommit()))
    let sizes = try chain.entries(source: view.snapshot).map { entry in
      try view.snapshot.object(entry.delta).blobs.reduce(0) { $0 + $1.byteCount }
    }
    let snapshots = try view.snapshot.stateSnapshots()
    #expect(snapshots.count > 3)
    let room = snapshots.reduce(0) { $0 + $1.byteCount }
    #expect(room * SnapshotPolicy.factorBytesPerStateByte <= sizes.reduce(0, +))
    let state = try #require(snapshots.last).byteCount
    let largest = try #require(sizes.max())
    let bound = SnapshotPolicy.factorBytesPerStateByte * state + largest
    let places = [0] + snapshots.map(\.nextSequence) + [chain.nextSequence]
    for (from, to) in zip(places, places.dropFirst()) {
      #expect(sizes[from..<to].reduce(0, +) <= bound)
    }
  }

  @Test func aDroppedSnapshotIsMadeAgainAndADamagedOnePassedOver() throws {
    let (fixture, model) = try begun()
    var maker = UpdateMaker(seed: 32)
    for _ in 0..<60 { _ = try commit(fixture, model, &maker) }
    let view = try fixture.ledger.view()
    let head = try view.commit(view.headCommit())
    let first = try fixture.store.snapshot().stateSnapshots()
    let expected = try oracle(head, fixture)
    #expect(try fixture.store.dropStateSnapshots { _ in true } == first.count)
    #expect(try derived(head, fixture) == expected)
    // Those that are due are the same ones, whoever makes them and when.
    let made = try Materializer(store: fixture.store, compute: fixture.compute)
      .keepSnapshots(along: head)
    #expect(made == first && !made.isEmpty)
    #expect(try fixture.store.snapshot().stateSnapshots() == first)

    let last = try #require(made.last)
    let buffer = try fixture.materializer.weights(at: head).editedBuffer(named: LlamaMatrix.gate)
    #expect(buffer != nil)
    var bytes = [UInt8](repeating: 0, count: last.matrices[0].byteCount)
    let snapshot = try fixture.store.snapshot()
    try bytes.withUnsafeMutableBytes { try snapshot.copyMatrix(0, of: last, into: $0) }
    let place = Array(bytes[64..<96])
    try replaceBytes(
      place, by: [place[0] ^ 0x40] + place.dropFirst(),
      in: fixture.directory.path("store/data.mdb"))
    #expect(try derived(head, fixture) == expected)
    #expect(try !fixture.store.check(full: true).isSound)
    // It is derived, so a new one mends it.
    try fixture.store.dropStateSnapshots { _ in true }
    try fixture.expectSound()
  }

  /// What it says of itself must not go unnoticed: a matrix under another's name has the right bytes.
  @Test(arguments: [
    ("matrix \"model.layers.2.mlp.gate", "matrix \"model.layers.1.mlp.gate"),
    ("rledit state-snapshot", "rledit state-snapshou"),
  ])
  func aSnapshotWhoseTextIsDamagedIsAsGoodAsNone(_ old: String, _ new: String) throws {
    let (fixture, model) = try begun()
    var maker = UpdateMaker(seed: 34)
    for _ in 0..<60 { _ = try commit(fixture, model, &maker) }
    let view = try fixture.ledger.view()
    let head = try view.commit(view.headCommit())
    let expected = try oracle(head, fixture)
    #expect(try !fixture.store.snapshot().stateSnapshots().isEmpty)
    try replaceBytes(
      Array(old.utf8), by: Array(new.utf8), in: fixture.directory.path("store/data.mdb"))
    #expect(try fixture.store.snapshot().stateSnapshots().isEmpty)
    #expect(try derived(head, fixture) == expected)
    let faults = try fixture.store.check(full: false).faults
    #expect(!faults.isEmpty)
    for fault in faults {
      guard case .stateSnapshot = fault.item else {
        Issue.record("\(fault)")
        continue
      }
    }
    // Nothing that commands do stumbles over it.
    let next = try commit(fixture, model, &maker)
    let after = try fixture.ledger.view().commit(next)
    #expect(try after.stateDigests == oracle(after, fixture))
    _ = try fixture.ledger.collect(grace: 0, operations: 0, now: 2_000_000_000, dryRun: false)
    try fixture.expectSound()
  }

  @Test func aCollectionDropsThoseThatNoBranchGoesOnFrom() throws {
    let (fixture, model) = try begun()
    var maker = UpdateMaker(seed: 33)
    for _ in 0..<40 { _ = try commit(fixture, model, &maker) }
    let fork = try fixture.ledger.view().headCommit()
    let common = try fixture.store.snapshot().stateSnapshots()
    for _ in 0..<40 { _ = try commit(fixture, model, &maker) }
    try fixture.ledger.reset(to: fork, fixture.context())
    #expect(try fixture.store.snapshot().stateSnapshots().count > common.count)
    func collect(dryRun: Bool) throws -> Int {
      try fixture.ledger.collect(grace: 0, operations: 0, now: 2_000_000_000, dryRun: dryRun)
        .idleSnapshots
    }
    let idle = try collect(dryRun: true)
    #expect(idle > 0)
    #expect(try collect(dryRun: false) == idle)
    #expect(try fixture.store.snapshot().stateSnapshots() == common)
    try fixture.expectSound()
  }
}
