import Ledger
package import ObjectModel
package import ObjectStore
import Synchronization
package import Tensors

/// Derives the weights of revisions: a model and the deltas active on it.
///
/// It keeps the last state it derived, so that going from one revision to another touches only the
/// tensors whose deltas differ, and goes on from the snapshots that the store has of states
/// (`Materializer+Snapshots.swift`). Calls take turns; the weights they give are values of their own.
package final class Materializer: Sendable {
  package let store: ObjectStore
  package let compute: Compute
  let state = Mutex(State())

  struct State {
    var models: [ModelID: StoredModel] = [:]
    var last: DerivedState?
    var reader: DeltaReader?
  }

  package init(store: ObjectStore, compute: Compute) {
    self.store = store
    self.compute = compute
  }

  /// The model of that id, opened once.
  ///
  /// - Throws: ``ObjectStore/ObjectStoreError``.
  package func model(_ id: ModelID) throws -> StoredModel {
    try state.withLock { try $0.model(id, of: store) }
  }

  /// The weights under the deltas, which are applied in order to the base.
  ///
  /// - Throws: ``ModelStoreError/deltaDoesNotFit(tensor:expected:found:)``,
  ///   ``ModelStoreError/weightNotFinite(tensor:)``,
  ///   ``ModelStoreError/malformedIndices(tensor:)``, ``ModelStoreError/unknownWeight(tensor:)``,
  ///   ``ObjectStore/ObjectStoreError``; `CancellationError`, seen between tensors.
  /// - Complexity: O(sizes of the tensors whose deltas differ from those of the last call · ranks of
  ///   the deltas not yet applied to them).
  package func weights(model: ModelID, activeDeltas: [DeltaID]) throws -> EditedWeights {
    try state.withLock {
      try $0.derive(
        .init(start: nil, deltas: activeDeltas), of: model, self, store.snapshot()
      ).weights(compute: compute)
    }
  }

  /// The weights under a chain's deltas; throws as ``weights(model:activeDeltas:)``.
  ///
  /// - Complexity: as ``weights(model:activeDeltas:)`` or, where that is less, O(sizes of the edited
  ///   matrices · ranks of the deltas since the last snapshot on the chain).
  package func weights(
    model: ModelID, chain: Chain, nodes: some ChainNodeSource
  ) throws -> EditedWeights {
    try state.withLock {
      try $0.derive(chain, nodes: nodes, of: model, self).weights(compute: compute)
    }
  }

  /// The weights at a commit; throws as ``weights(model:activeDeltas:)``.
  package func weights(at commit: Commit) throws -> EditedWeights {
    let snapshot = try store.snapshot()
    return try weights(
      model: commit.model, chain: commit.chain.map { try snapshot.object($0) } ?? .empty,
      nodes: snapshot)
  }

  /// Lets go of the pages that reading has held, so that the store can use again what later commits
  /// free, and takes them out of memory. Weights given before stay valid.
  ///
  /// - Throws: ``ObjectStore/ObjectStoreError``.
  package func renewSnapshots() throws {
    try state.withLock { state in
      let snapshot = try store.snapshot()
      state.reader?.snapshot = snapshot
      for model in state.models.values { try model.renewSnapshot() }
      try snapshot.letGoOfPages()
    }
  }
}

extension Materializer: StateDeriver {
  /// The digest of every matrix that the chain's deltas change; throws as
  /// ``weights(model:activeDeltas:)``.
  package func digests(
    model: ModelID, chain: Chain, nodes: some ChainNodeSource
  ) throws -> [String: StateDigest] {
    try state.withLock { state in
      try state.derive(chain, nodes: nodes, of: model, self)
      return state.lastDigests()
    }
  }

  /// Keeps snapshots where the policy wants them; see ``SnapshotPolicy``.
  package func recorded(_ commit: Commit) {
    // The commit stands, whatever becomes of what only saves time.
    _ = try? keepSnapshots(along: commit)
  }
}

extension Materializer.State {
  mutating func model(_ id: ModelID, of store: ObjectStore) throws -> StoredModel {
    if let model = models[id] { return model }
    let model = try StoredModel(id: id, store: store)
    models[id] = model
    return model
  }

  /// Makes `last` the state under a chain, from the nearest start.
  @discardableResult
  mutating func derive(
    _ chain: Chain, nodes: some ChainNodeSource, of id: ModelID, _ owner: Materializer
  ) throws -> DerivedState {
    let snapshot = try owner.store.snapshot()
    func target(_ start: StateSnapshot?) throws -> DerivedState.Target {
      let entries = try chain.entries(from: start?.nextSequence ?? 0, source: nodes)
      return .init(start: start, deltas: entries.map(\.delta))
    }
    let start = try nearestStart(to: chain, nodes: nodes, of: id, owner, snapshot)
    do {
      return try derive(target(start), of: id, owner, snapshot)
    } catch let error as ObjectStoreError where error.isOfStateSnapshot {
      // What was read before may be damaged or gone where it is read again.
      return try derive(target(nil), of: id, owner, snapshot)
    }
  }

  /// Makes `last` a state.
  @discardableResult
  mutating func derive(
    _ target: DerivedState.Target, of id: ModelID, _ owner: Materializer, _ snapshot: ReadSnapshot
  ) throws -> DerivedState {
    var reader = reader ?? DeltaReader(snapshot: snapshot)
    reader.snapshot = snapshot
    let model = try model(id, of: owner.store)
    // A process that commits for hours must not hold on to the pages of its first hour.
    try model.renewSnapshot()
    // Taken out: a move that fails leaves no half state behind, and one that succeeds has the
    // only references to its matrices.
    var derived = last.take() ?? DerivedState(model: model)
    if derived.model !== model || derived.start != target.start {
      derived =
        try target.start.map { try DerivedState(model: model, start: $0, reading: snapshot) }
        ?? DerivedState(model: model)
    }
    try derived.move(to: target.deltas, reading: &reader, compute: owner.compute)
    last = derived
    self.reader = reader
    return derived
  }

  mutating func lastDigests() -> [String: StateDigest] {
    last?.digests() ?? [:]
  }

  /// The longest snapshot that the chain goes on from and that can be read; `nil` for the base.
  mutating func nearestStart(
    to chain: Chain, nodes: some ChainNodeSource, of id: ModelID, _ owner: Materializer,
    _ snapshot: ReadSnapshot
  ) throws -> StateSnapshot? {
    let model = try model(id, of: owner.store)
    var found: StateSnapshot?
    try snapshot.forEachStateSnapshot(of: id, atMost: chain.nextSequence) { state in
      guard try chain.root(before: state.nextSequence, source: nodes) == state.root else {
        return true
      }
      if last?.start == state {
        found = state
        return false
      }
      // One that is damaged is as good as none; a check of the store tells of it.
      guard let start = try? DerivedState(model: model, start: state, reading: snapshot) else {
        return true
      }
      last = start
      found = state
      return false
    }
    return found
  }
}

extension ObjectStoreError {
  /// Whether a snapshot of a state is what is damaged or missing.
  fileprivate var isOfStateSnapshot: Bool {
    switch self {
    case .missing(.stateSnapshot), .malformed(.stateSnapshot, _), .corrupted(.stateSnapshot, _):
      true
    default: false
    }
  }
}
