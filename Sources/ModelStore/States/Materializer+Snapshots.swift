package import ObjectModel
package import ObjectStore
import Synchronization
import Tensors

/// Where snapshots of states are placed along a chain.
///
/// One is due where the factors applied since the last take ``factorBytesPerStateByte`` times the bytes of
/// the matrices that it would keep. So snapshots take at most that part of the room of the deltas, however
/// long a history gets, and a state is never further from one, in factors to read and apply, than that many
/// times its own size.
package enum SnapshotPolicy {
  package static let factorBytesPerStateByte = 4

  static func isDue(factorBytes: Int, stateBytes: Int) -> Bool {
    factorBytes / factorBytesPerStateByte >= stateBytes
  }
}

extension Materializer {
  /// Keeps snapshots of the states on the way to a commit where they are due, and of its own where
  /// `itself` says so.
  ///
  /// - Parameter progress: called with the deltas looked at and their number, after each.
  /// - Returns: the snapshots made, the shortest first.
  /// - Throws: as ``weights(model:activeDeltas:)``, what `progress` throws; those made are kept.
  /// - Complexity: O(deltas since the last snapshot), besides deriving the states.
  @discardableResult
  package func keepSnapshots(
    along commit: Commit, itself: Bool = false,
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> [StateSnapshot] {
    let nodes = try store.snapshot()
    guard let chain = try commit.chain.map({ try nodes.object($0) }) else { return [] }
    return try state.withLock { state in
      var start = try state.nearestStart(
        to: chain, nodes: nodes, of: commit.model, self, nodes)
      let entries = try chain.entries(from: start?.nextSequence ?? 0, source: nodes)
      var reader = state.reader ?? DeltaReader(snapshot: nodes)
      let model = try state.model(commit.model, of: store)
      var sizes: [String: Int] = [:]
      for matrix in start?.matrices ?? [] { sizes[matrix.tensor] = matrix.byteCount }
      var (factorBytes, stateBytes) = (0, sizes.values.reduce(0, +))
      var pending: [DeltaID] = []
      var made: [StateSnapshot] = []
      for (index, entry) in entries.enumerated() {
        try Task.checkCancellation()
        pending.append(entry.delta)
        factorBytes += try reader.byteCount(of: entry.delta)
        for tensor in try reader.tensors(of: entry.delta) where sizes[tensor] == nil {
          let count = try model.shape(ofWeight: tensor).reduce(1, *)
          sizes[tensor] = count * MemoryLayout<Float>.stride
          stateBytes += count * MemoryLayout<Float>.stride
        }
        let isLast = index == entries.count - 1
        if SnapshotPolicy.isDue(factorBytes: factorBytes, stateBytes: stateBytes)
          || isLast && itself
        {
          let next = isLast ? chain.nextSequence : entry.sequence + 1
          // A start that was kept just now is in a newer snapshot of the store than `nodes`.
          try state.derive(
            .init(start: start, deltas: pending), of: commit.model, self, store.snapshot())
          if let root = try chain.root(before: next, source: nodes),
            let snapshot = try keepLast(of: &state, commit.model, next: next, root: root)
          {
            start = snapshot
            made.append(snapshot)
          } else {
            return made
          }
          (factorBytes, pending) = (0, [])
        }
        try progress(index + 1, entries.count)
      }
      return made
    }
  }

  /// Keeps a snapshot of the last state, which goes on from it; `nil` where somebody has dropped it
  /// meanwhile.
  private func keepLast(
    of state: inout State, _ model: ModelID, next: Int, root: ChainNodeID
  ) throws -> StateSnapshot? {
    let digests = state.lastDigests()
    var buffers: [String: FloatBuffer] = [:]
    for name in digests.keys { buffers[name] = state.last?.buffer(of: name) }
    let snapshot = StateSnapshot(
      model: model, nextSequence: next, root: root,
      matrices: digests.map { name, digest in
        .init(tensor: name, byteCount: buffers[name]?.bytes.count ?? 0, digest: digest)
      })
    let isKept = try store.keep(snapshot) { index, body in
      if let buffer = buffers[snapshot.matrices[index].tensor] { try body(buffer.bytes) }
    }
    guard isKept else { return nil }
    state.last?.restart(from: snapshot)
    return snapshot
  }
}
