import ModelStore
import ObjectModel
import ObjectStore
import Tensors

/// Two commits whose edits answer to much the same inputs of a matrix, so that each is likely to change
/// what the other brought about.
struct SubspaceConflict: Encodable {
  /// Where the overlap is largest.
  let tensor: String
  /// See `KeySubspace.overlap(with:compute:)`.
  let overlap: Double
  let ourCommit: String
  let theirCommit: String
}

/// Looks for overlaps between two sides' edits.
struct SubspaceOverlaps {
  let repository: Repository

  /// The pairs of commits whose overlap in some matrix is above a limit, the largest first.
  ///
  /// - Throws: `ModelStoreError`, `ObjectStoreError`, `CancellationError`.
  /// - Complexity: O(ours·theirs·r²·in) for each matrix.
  func pairs(
    _ ours: [EditedCommit], _ theirs: [EditedCommit], over limit: Double
  ) throws -> [(conflict: SubspaceConflict, ours: Int, theirs: Int)] {
    struct Pair: Hashable {
      let ours: Int
      let theirs: Int
    }
    let (left, right) = (try tensors(ours), try tensors(theirs))
    var largest: [Pair: (tensor: String, overlap: Double)] = [:]
    for tensor in left.keys.sorted(by: precedesInUTF8) {
      // One matrix at a time, so that the bases of all commits fit into memory.
      let mine = try subspaces(of: tensor, left[tensor] ?? [])
      let other = try subspaces(of: tensor, right[tensor] ?? [])
      for (index, subspace) in mine {
        try Task.checkCancellation()
        for (otherIndex, otherSubspace) in other {
          let overlap = subspace.overlap(with: otherSubspace, compute: repository.compute)
          let pair = Pair(ours: index, theirs: otherIndex)
          guard overlap > limit, overlap > largest[pair]?.overlap ?? 0 else { continue }
          largest[pair] = (tensor, overlap)
        }
      }
    }
    return largest.map { pair, found in
      (
        SubspaceConflict(
          tensor: found.tensor, overlap: found.overlap, ourCommit: ours[pair.ours].commit.hex,
          theirCommit: theirs[pair.theirs].commit.hex),
        pair.ours, pair.theirs
      )
    }.sorted {
      $0.conflict.overlap != $1.conflict.overlap
        ? $0.conflict.overlap > $1.conflict.overlap
        : ($0.ours, $0.theirs) < ($1.ours, $1.theirs)
    }
  }

  /// Who changes each tensor, and by which delta.
  private func tensors(
    _ commits: [EditedCommit]
  ) throws -> [String: [(commit: Int, delta: DeltaID)]] {
    let snapshot = try repository.store.snapshot()
    var found: [String: [(Int, DeltaID)]] = [:]
    for (index, commit) in commits.enumerated() {
      for entry in commit.entries {
        for change in try snapshot.object(entry.delta).changes {
          guard case .lowRank = change.form else { continue }
          found[change.tensor, default: []].append((index, entry.delta))
        }
      }
    }
    return found
  }

  private func subspaces(
    of tensor: String, _ changes: [(commit: Int, delta: DeltaID)]
  ) throws -> [(commit: Int, subspace: KeySubspace)] {
    try changes.compactMap { commit, delta in
      guard let update = try repository.store.loadDelta(delta, of: tensor) else { return nil }
      return (commit, try KeySubspace(of: update, compute: repository.compute))
    }
  }
}
