package import ObjectModel

/// Derives weights, so that a commit can carry the digests of the state it stands for. The ledger
/// itself knows deltas by name only.
package protocol StateDeriver: Sendable {
  /// The digest of every tensor that some of `activeDeltas` changes, at the state which these, in
  /// order, make of the model. All of them are in the store.
  ///
  /// - Throws: whatever keeps the deriver from it; the ledger then changes nothing.
  func digests(model: ModelID, activeDeltas: [DeltaID]) throws -> [String: StateDigest]
}
