import ObjectModel
import ObjectStore

extension LedgerView {
  /// The snapshots of states that no branch, tag or other reference goes on from: at best they serve
  /// commits further down.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(snapshots · references · log n) nodes read, n being the deltas of a chain.
  func idleStateSnapshots() throws -> Set<StateSnapshot> {
    var chains: [ModelID: Set<ChainID>] = [:]
    for id in try tips() {
      let commit = try commit(id)
      if let chain = commit.chain { chains[commit.model, default: []].insert(chain) }
    }
    return Set(
      try snapshot.stateSnapshots().filter { state in
        try !(chains[state.model] ?? []).contains { id in
          let chain = try snapshot.object(id)
          return try state.nextSequence <= chain.nextSequence
            && chain.root(before: state.nextSequence, source: snapshot) == state.root
        }
      })
  }
}
