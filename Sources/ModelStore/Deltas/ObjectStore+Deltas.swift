package import ObjectModel
package import ObjectStore
import Tensors

extension ObjectStore {
  /// Stores low-rank changes of a model's matrices as one delta: factors first, then the object.
  ///
  /// The same factors give the same id. Factors of one change that differ in type are both kept in
  /// binary32, which widens them exactly.
  ///
  /// - Throws: ``ModelStoreError/unknownWeight(tensor:)``,
  ///   ``ModelStoreError/notAWeightMatrix(tensor:shape:)`` and
  ///   ``ModelStoreError/deltaDoesNotFit(tensor:expected:found:)`` for changes that are not of this
  ///   model; ``ObjectModel/ObjectModelError/invalid(type:reason:)`` for no changes, two of one
  ///   tensor or a rank of 0; ``ObjectStore/ObjectStoreError``.
  package func storeDelta(_ updates: [LowRankUpdate], for model: StoredModel) throws -> DeltaID {
    try put(Delta(changes: writeChanges(updates, for: model)))
  }

  /// Writes the factors of low-rank changes, and no delta yet. Throws as ``storeDelta(_:for:)``.
  func writeChanges(
    _ updates: [LowRankUpdate], for model: StoredModel
  ) throws -> [Delta.TensorChange] {
    try Self.changes(updates, for: model) { try writeBlobs($0) }
  }

  /// The id that ``storeDelta(_:for:)`` would give, with nothing written: what a delta made again is
  /// compared by. Throws as that does.
  package static func identifyDelta(
    _ updates: [LowRankUpdate], for model: StoredModel
  ) throws -> DeltaID {
    try Delta(
      changes: changes(updates, for: model) { try $0.map { try ObjectStore.describeBlob($0) } }
    ).encoded().id
  }

  private static func changes(
    _ updates: [LowRankUpdate], for model: StoredModel, blobs make: ([BlobSource]) throws -> [Blob]
  ) throws -> [Delta.TensorChange] {
    for update in updates {
      let shape = try model.shape(ofMatrix: update.tensor)
      guard shape == [update.u.rows, update.v.columns] else {
        throw ModelStoreError.deltaDoesNotFit(
          tensor: update.tensor, expected: shape, found: [update.u.rows, update.v.columns])
      }
    }
    let factors = try updates.flatMap { update in
      let type = update.u.elementType == update.v.elementType ? update.u.elementType : .float32
      return [try update.u.widened(to: type), try update.v.widened(to: type)]
    }
    let blobs = try make(factors.map(\.blobSource))
    return updates.indices.map { index in
      let (u, v) = (2 * index, 2 * index + 1)
      return Delta.TensorChange(
        tensor: updates[index].tensor,
        form: .lowRank(
          Delta.LowRank(factors[u], factors[v], blobs: (blobs[u], blobs[v]))))
    }
  }
}

extension StoredFactor {
  /// The bytes, cut for chunks of whole rows.
  var blobSource: BlobSource { BlobSource(bytes, rowBytes: rowBytes) }
}

extension Delta.LowRank {
  /// What a delta says of two factors of one type, whose bytes are in blobs.
  init(_ u: StoredFactor, _ v: StoredFactor, blobs: (u: Blob, v: Blob)) {
    self.init(
      elementType: u.elementType, rank: u.columns, out: u.rows, in: v.columns, u: blobs.u,
      v: blobs.v)
  }

  /// The factors, read where they lie in the store.
  ///
  /// - Throws: ``ObjectStore/ObjectStoreError``.
  func views(in snapshot: ReadSnapshot) throws -> (u: WeightView, v: WeightView) {
    let u = StoredBytes(segments: try snapshot.segments(of: u), owner: snapshot)
    let v = StoredBytes(segments: try snapshot.segments(of: v), owner: snapshot)
    return (
      try u.view(elementType: elementType, rows: out, columns: rank),
      try v.view(elementType: elementType, rows: rank, columns: self.in)
    )
  }
}
