package import ObjectModel

/// Derives weights, so that a commit can carry the digests of the state it stands for. The ledger
/// itself knows deltas by name only.
package protocol StateDeriver: Sendable {
  /// The digest of every tensor that some delta of `chain` changes, at the state which these, in
  /// order, make of the model. All of them are in the store.
  ///
  /// - Parameter nodes: where the chain's nodes are read, which may not be in the store yet.
  /// - Throws: whatever keeps the deriver from it; the ledger then changes nothing.
  func digests(
    model: ModelID, chain: Chain, nodes: some ChainNodeSource
  ) throws -> [String: StateDigest]

  /// Told of a commit that has become the current one.
  func recorded(_ commit: Commit)
}

extension StateDeriver {
  package func recorded(_ commit: Commit) {}
}
