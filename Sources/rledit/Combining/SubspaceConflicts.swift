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

  /// The pairs of commits whose overlap in some matrix is above a limit, the largest first. A commit that
  /// puts another tensor in the place of one overlaps in whole with all that change it.
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
      for mine in left[tensor] ?? [] {
        for other in right[tensor] ?? [] where mine.form.isReplacement || other.form.isReplacement {
          largest[Pair(ours: mine.commit, theirs: other.commit)] = (tensor, 1)
        }
      }
    }
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

  private struct Change {
    let commit: Int
    let delta: DeltaID
    let form: Delta.Form
  }

  /// Who changes each tensor, by which delta and how.
  private func tensors(_ commits: [EditedCommit]) throws -> [String: [Change]] {
    let snapshot = try repository.store.snapshot()
    var found: [String: [Change]] = [:]
    for (index, commit) in commits.enumerated() {
      for entry in commit.entries {
        for change in try snapshot.object(entry.delta).changes {
          found[change.tensor, default: []].append(
            Change(commit: index, delta: entry.delta, form: change.form))
        }
      }
    }
    return found
  }

  private func subspaces(
    of tensor: String, _ changes: [Change]
  ) throws -> [(commit: Int, subspace: KeySubspace)] {
    try changes.compactMap { change in
      guard case .lowRank = change.form,
        case .lowRank(let update)? = try repository.store.loadDelta(change.delta, of: tensor)
      else { return nil }
      return (change.commit, try KeySubspace(of: update, compute: repository.compute))
    }
  }
}

extension Delta.Form {
  fileprivate var isReplacement: Bool {
    if case .replacement = self { return true }
    return false
  }
}
