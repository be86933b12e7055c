import Ledger
import ModelStore
import ObjectModel

extension SquashPlan {
  /// Stores what stands for the appended deltas.
  ///
  /// - Parameters:
  ///   - joined: of the deltas of ``appended``, in that order.
  ///   - store: gives none for a delta of which nothing is left.
  /// - Returns: the new deltas in order, and the entries that each stands for.
  func storing(
    _ joined: [JoinedDelta], by store: (JoinedDelta) throws -> DeltaID?
  ) rethrows -> [(delta: DeltaID, entries: [ChainEntry])] {
    try joined.compactMap { part in
      try store(part).map { ($0, Array(appended[part.sources])) }
    }
  }
}
