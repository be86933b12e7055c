package import ObjectModel

/// What makes the state of one commit of another's.
package struct CommitDifference: Sendable {
  /// A delta with the commit that first appended it.
  package struct Item: Hashable, Sendable {
    package let entry: ChainEntry
    /// `nil` where no commit in the history says that it added the entry.
    package let commit: CommitID?
  }

  /// Whether both stand on one model. Where not, no delta of one means anything to the other.
  package let sameModel: Bool
  /// Deltas of the second that the first has not, in the order of application.
  package let added: [Item]
  /// Deltas of the first that the second has not, in the order of application.
  package let omitted: [Item]

  package var isEmpty: Bool { sameModel && added.isEmpty && omitted.isEmpty }
}

extension LedgerView {
  /// The difference from `first` to `second`.
  ///
  /// - Parameter findsMakers: whether the items tell the commits that made them.
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(changes · log n), and O(commits) to find who made them.
  package func difference(
    from first: CommitID, to second: CommitID, findsMakers: Bool = true
  ) throws -> CommitDifference {
    let (from, to) = (try commit(first), try commit(second))
    let chains = try ChainDifference(
      from: chain(of: from), to: chain(of: to), source: snapshot)
    return CommitDifference(
      sameModel: from.model == to.model,
      added: try items(chains.added, in: findsMakers ? second : nil),
      omitted: try items(chains.omitted, in: findsMakers ? first : nil))
  }

  private func items(
    _ entries: [ChainEntry], in history: CommitID?
  ) throws -> [CommitDifference.Item] {
    let makers = try history.map { try self.makers(of: entries, in: $0) } ?? [:]
    return entries.map { CommitDifference.Item(entry: $0, commit: makers[$0]) }
  }

  /// The commits that brought in entries of a chain: the first that is no merge and added the entry,
  /// else the first that added its delta, since a merge gives the deltas of its other side numbers of
  /// their own.
  ///
  /// - Parameter history: the commit whose history is searched.
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(commits that lead there).
  package func makers(
    of entries: [ChainEntry], in history: CommitID
  ) throws -> [ChainEntry: CommitID] {
    guard !entries.isEmpty else { return [:] }
    let (wanted, deltas) = (Set(entries), Set(entries.map(\.delta)))
    var makers: [ChainEntry: CommitID] = [:]
    var firsts: [DeltaID: CommitID] = [:]
    // A revert of a revert lists the entry as added, too: the oldest commit is the one that made it.
    for logged in try log(from: [history]) {
      for entry in logged.commit.added {
        if wanted.contains(entry), logged.commit.parents.count < 2 { makers[entry] = logged.id }
        if deltas.contains(entry.delta) { firsts[entry.delta] = logged.id }
      }
    }
    for entry in entries where makers[entry] == nil { makers[entry] = firsts[entry.delta] }
    return makers
  }
}
