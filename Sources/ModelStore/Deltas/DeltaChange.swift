package import ObjectModel
package import ObjectStore
import Tensors

/// A delta's change of one tensor, copied out of the store.
package enum DeltaChange: Sendable {
  case lowRank(LowRankUpdate)
  case sparse(SparseUpdate)
  /// The whole tensor becomes another, whose numbers are left where they are.
  case replacement(Delta.TensorChange)

  package var tensor: String {
    switch self {
    case .lowRank(let update): update.tensor
    case .sparse(let update): update.tensor
    case .replacement(let change): change.tensor
    }
  }
}

extension ObjectStore {
  /// The changes of a delta, sorted by tensor.
  ///
  /// - Throws: ``ModelStoreError/factorNotFinite``, ``ModelStoreError/malformedIndices(tensor:)``,
  ///   ``ObjectStore/ObjectStoreError``.
  package func loadDelta(_ id: DeltaID) throws -> [DeltaChange] {
    let snapshot = try snapshot()
    return try snapshot.object(id).changes.map { try DeltaChange($0, in: snapshot) }
  }

  /// The change of a delta to one tensor; `nil` where there is none.
  ///
  /// - Throws: as ``loadDelta(_:)``.
  package func loadDelta(_ id: DeltaID, of tensor: String) throws -> DeltaChange? {
    let snapshot = try snapshot()
    return try snapshot.object(id).changes.first { $0.tensor == tensor }
      .map { try DeltaChange($0, in: snapshot) }
  }
}

extension DeltaChange {
  fileprivate init(_ change: Delta.TensorChange, in snapshot: ReadSnapshot) throws {
    switch change.form {
    case .lowRank(let factors):
      self = .lowRank(try LowRankUpdate(tensor: change.tensor, factors, in: snapshot))
    case .sparse(let sparse):
      self = .sparse(try SparseUpdate(tensor: change.tensor, sparse, in: snapshot))
    case .replacement:
      self = .replacement(change)
    }
  }
}

extension SparseUpdate {
  /// Numbers copied out of the store.
  init(tensor: String, _ sparse: Delta.Sparse, in snapshot: ReadSnapshot) throws {
    let values = try StoredFactor(
      elementType: sparse.elementType, rows: 1, columns: sparse.count,
      bytes: snapshot.readBlob(sparse.values))
    self.init(
      tensor: tensor, shape: sparse.shape,
      indices: try sparse.decodedIndices(tensor, in: snapshot),
      values: try Compute(threads: 1).widened(try values.view()).elements)
  }
}

extension LowRankUpdate {
  /// Factors copied out of the store.
  init(tensor: String, _ factors: Delta.LowRank, in snapshot: ReadSnapshot) throws {
    try self.init(
      tensor: tensor,
      u: StoredFactor(
        elementType: factors.elementType, rows: factors.out, columns: factors.rank,
        bytes: snapshot.readBlob(factors.u)),
      v: StoredFactor(
        elementType: factors.elementType, rows: factors.rank, columns: factors.in,
        bytes: snapshot.readBlob(factors.v)))
  }
}
