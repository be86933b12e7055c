import ObjectModel
import ObjectStore
import Tensors

/// Reads deltas out of a store, keeping those decoded last.
struct DeltaReader {
  /// Where to read from. Deltas never change, so what is known stays so over snapshots.
  var snapshot: ReadSnapshot
  private var known: [DeltaID: Delta] = [:]

  /// Deltas kept; some hundred bytes for each tensor that each changes.
  private static let limit = 4096

  init(snapshot: ReadSnapshot) {
    self.snapshot = snapshot
  }

  /// The tensors that the delta changes.
  ///
  /// - Throws: ``ObjectStore/ObjectStoreError``.
  mutating func tensors(of id: DeltaID) throws -> [String] {
    try delta(id).changes.map(\.tensor)
  }

  /// Runs `body` on the delta's change of a tensor, read where it lies, if there is one, and then lets go of the
  /// pages that it lies on: a long history would come to be in memory as a whole.
  ///
  /// - Throws: what `body` throws; ``ModelStoreError/malformedIndices(tensor:)``,
  ///   ``ObjectStore/ObjectStoreError``.
  mutating func withChange(
    of tensor: String, in id: DeltaID, _ body: (StoredChange) throws -> Void
  ) throws {
    guard let change = try delta(id).changes.first(where: { $0.tensor == tensor }) else { return }
    try body(change.form.change(of: tensor, in: snapshot))
    for blob in change.form.blobs { try snapshot.letGo(of: blob) }
  }

  /// Bytes of the delta's factors.
  ///
  /// - Throws: ``ObjectStore/ObjectStoreError``.
  mutating func byteCount(of id: DeltaID) throws -> Int {
    try delta(id).blobs.reduce(0) { $0 + $1.byteCount }
  }

  private mutating func delta(_ id: DeltaID) throws -> Delta {
    if let delta = known[id] { return delta }
    let delta = try snapshot.object(id)
    if known.count >= Self.limit { known.removeAll() }
    known[id] = delta
    return delta
  }
}
