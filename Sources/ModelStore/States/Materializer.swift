import Ledger
package import ObjectModel
package import ObjectStore
import Synchronization
package import Tensors

/// Derives the weights of revisions: a model and the deltas active on it.
///
/// It keeps the last state it derived, so that going from one revision to another touches only the
/// tensors whose deltas differ. Calls take turns; the weights they give are values of their own.
package final class Materializer: StateDeriver, Sendable {
  package let store: ObjectStore
  package let compute: Compute
  private let state = Mutex(State())

  private struct State {
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
    try state.withLock { try Self.model(id, of: store, &$0) }
  }

  /// The weights under the deltas, which are applied in order.
  ///
  /// - Throws: ``ModelStoreError/deltaDoesNotFit(tensor:expected:found:)``,
  ///   ``ModelStoreError/weightNotFinite(tensor:)``,
  ///   ``ModelStoreError/unsupportedChange(tensor:)``, ``ModelStoreError/unknownWeight(tensor:)``,
  ///   ``ObjectStore/ObjectStoreError``; `CancellationError`, seen between tensors.
  /// - Complexity: O(sizes of the tensors whose deltas differ from those of the last call · ranks of
  ///   the deltas not yet applied to them).
  package func weights(model: ModelID, activeDeltas: [DeltaID]) throws -> EditedWeights {
    try withState(model, activeDeltas) { $0.weights(compute: compute) }
  }

  /// The weights at a commit; throws as ``weights(model:activeDeltas:)``.
  package func weights(at commit: Commit) throws -> EditedWeights {
    try weights(model: commit.model, activeDeltas: activeDeltas(of: commit))
  }

  /// Lets go of the pages that reading has held, so that the store can use again what later commits
  /// free. Weights given before stay valid.
  ///
  /// - Throws: ``ObjectStore/ObjectStoreError``.
  package func renewSnapshots() throws {
    try state.withLock { state in
      state.reader?.snapshot = try store.snapshot()
      for model in state.models.values { try model.renewSnapshot() }
    }
  }

  /// The deltas active at a commit, in the order in which they are applied.
  ///
  /// - Throws: ``ObjectStore/ObjectStoreError``.
  package func activeDeltas(of commit: Commit) throws -> [DeltaID] {
    guard let id = commit.chain else { return [] }
    let snapshot = try store.snapshot()
    return try snapshot.object(id).entries(source: snapshot).map(\.delta)
  }

  /// The digest of every matrix that the deltas change; throws as
  /// ``weights(model:activeDeltas:)``.
  package func digests(
    model: ModelID, activeDeltas: [DeltaID]
  ) throws -> [String: StateDigest] {
    try withState(model, activeDeltas) { $0.digests() }
  }

  private func withState<Result: Sendable>(
    _ id: ModelID, _ chain: [DeltaID], _ body: (inout DerivedState) throws -> Result
  ) throws -> Result {
    try state.withLock { state in
      let snapshot = try store.snapshot()
      var reader = state.reader ?? DeltaReader(snapshot: snapshot)
      reader.snapshot = snapshot
      let model = try Self.model(id, of: store, &state)
      // A process that commits for hours must not hold on to the pages of its first hour.
      try model.renewSnapshot()
      // Taken out: a move that fails leaves no half state behind, and one that succeeds has the
      // only references to its matrices.
      var derived = state.last.take() ?? DerivedState(model: model)
      if derived.model !== model { derived = DerivedState(model: model) }
      try derived.move(to: chain, reading: &reader, compute: compute)
      let result = try body(&derived)
      state.last = derived
      state.reader = reader
      return result
    }
  }

  private static func model(
    _ id: ModelID, of store: ObjectStore, _ state: inout State
  ) throws -> StoredModel {
    if let model = state.models[id] { return model }
    let model = try StoredModel(id: id, store: store)
    state.models[id] = model
    return model
  }
}
