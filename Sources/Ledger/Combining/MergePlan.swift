package import ObjectModel

/// How a merge makes one chain of two.
package enum MergeStrategy: String, CaseIterable, Sendable {
  /// What the other side did since the common ancestor, after what this one did.
  case append
  /// What either side alone did counts half, so that the sum is the mean of both.
  case average
  /// The chain stays as it is; only the history is joined.
  case ours
  /// The chain is the other side's.
  case theirs
}

/// What a merge is about to do, worked out before anything is written.
package struct MergePlan: Sendable {
  package let ours: CommitID
  package let theirs: CommitID
  /// The nearest common ancestors.
  package let bases: [CommitID]
  /// Entries that our side has brought in since the common ancestors and theirs has not, in order.
  package let ourEntries: [ChainEntry]
  /// Entries that their side has brought in since and ours has not, in order.
  package let theirEntries: [ChainEntry]
  /// Entries of the common ancestors that their side has taken out since, by our numbers or theirs.
  package let theirOmissions: [ChainEntry]
  /// Numbers below this mean the same on both sides.
  package let sharedNumbers: Int

  /// Whether the other side has nothing that ours has not.
  package var isUpToDate: Bool { bases == [theirs] }

  /// Whether our side can simply become the other's.
  package var isFastForward: Bool { bases == [ours] }
}

extension LedgerView {
  /// Works out what merging `theirs` into `ours` is to do.
  ///
  /// An edit is in the merge where both sides have it, or where one has brought it in since the common
  /// ancestors; one that either side has taken out since is out.
  ///
  /// - Throws: ``LedgerError/differentModels(CommitID, CommitID)``, ``ObjectStoreError``.
  /// - Complexity: O(changes on both sides · log n) besides the search for common ancestors.
  package func mergePlan(ours: CommitID, theirs: CommitID) throws -> MergePlan {
    let (our, their) = (try commit(ours), try commit(theirs))
    guard our.model == their.model else { throw LedgerError.differentModels(ours, theirs) }
    let bases = try mergeBases(of: ours, and: theirs)
    let (ourChain, theirChain) = (try chain(of: our), try chain(of: their))
    let baseChains = try bases.map { try chain(of: commit($0)) }
    // Without a common ancestor everything has come since.
    let origins = baseChains.isEmpty ? [Chain.empty] : baseChains
    func changes(to chain: Chain) throws -> [NetChanges] {
      try origins.map {
        NetChanges(try ChainDifference(from: $0, to: chain, source: snapshot))
      }
    }
    let (ourChanges, theirChanges) = (try changes(to: ourChain), try changes(to: theirChain))
    // Brought in since is what no ancestor has, taken out what some ancestor had.
    let ourAdded = Self.inAll(ourChanges.map(\.added))
    var answers = Dictionary(grouping: ourAdded, by: \.delta).mapValues(\.count)
    var theirEntries: [ChainEntry] = []
    var common: [DeltaID: Int] = [:]
    for entry in Self.inAll(theirChanges.map(\.added)) {
      if let count = answers[entry.delta], count > 0 {
        answers[entry.delta] = count - 1
        common[entry.delta, default: 0] += 1
      } else {
        theirEntries.append(entry)
      }
    }
    let ourEntries = ourAdded.filter { entry in
      guard let count = common[entry.delta], count > 0 else { return true }
      common[entry.delta] = count - 1
      return false
    }
    return MergePlan(
      ours: ours, theirs: theirs, bases: bases, ourEntries: ourEntries,
      theirEntries: theirEntries,
      theirOmissions: Set(theirChanges.flatMap(\.omitted)).sorted { $0.sequence < $1.sequence },
      sharedNumbers: try sharedNumbers(of: bases))
  }

  /// The entries that are in every one of some lists, in order.
  private static func inAll(_ lists: [[ChainEntry]]) -> [ChainEntry] {
    guard let first = lists.first else { return [] }
    let others = lists.dropFirst().map(Set.init)
    return first.filter { entry in others.allSatisfy { $0.contains(entry) } }
  }
}

/// What came and went between two chains, without deltas that only changed their number.
private struct NetChanges {
  private(set) var added: [ChainEntry]
  private(set) var omitted: [ChainEntry]

  init(_ difference: ChainDifference) {
    added = difference.added
    omitted = difference.omitted
    let moved = Set(added.map(\.delta)).intersection(omitted.map(\.delta))
    guard !moved.isEmpty else { return }
    added.removeAll { moved.contains($0.delta) }
    omitted.removeAll { moved.contains($0.delta) }
  }
}
