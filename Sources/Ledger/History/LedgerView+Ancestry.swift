package import ObjectModel

/// From which side a commit was reached.
private struct Sides: OptionSet {
  let rawValue: Int

  static let first = Sides(rawValue: 1)
  static let second = Sides(rawValue: 2)
  /// An ancestor of a common ancestor, and so none of the nearest.
  static let surpassed = Sides(rawValue: 4)
  static let both: Sides = [.first, .second]
}

extension LedgerView {
  /// Whether `ancestor` is `commit` or leads to it.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(commits that lead to `commit` and are not older than `ancestor`), and all of them
  ///   where it is none.
  package func isAncestor(_ ancestor: CommitID, of commit: CommitID) throws -> Bool {
    try mergeBases(of: ancestor, and: commit) == [ancestor]
  }

  /// The nearest common ancestors of two commits: those from which no other common ancestor descends, in
  /// the order of their ids. Mostly one; several where the two lines have merged each other, none where
  /// they began apart.
  ///
  /// Both histories are walked together, the newest commit first, until everything left is known to lie
  /// below a common ancestor. Clocks that went wrong can make the walk find too many; so of those found,
  /// any that leads to another is dropped.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(n log n), n being the commits that are not ancestors of the nearest ones.
  package func mergeBases(of first: CommitID, and second: CommitID) throws -> [CommitID] {
    if first == second { return [first] }
    let found = try commonAncestors(of: first, and: second)
    guard found.count > 1 else { return found }
    var nearest: [CommitID] = []
    for candidate in found {
      let isSurpassed = try found.contains { other in
        guard other != candidate else { return false }
        return try commonAncestors(of: candidate, and: other).contains(candidate)
      }
      if !isSurpassed { nearest.append(candidate) }
    }
    return nearest
  }

  /// Common ancestors among which the nearest are.
  private func commonAncestors(
    of first: CommitID, and second: CommitID
  ) throws -> [CommitID] {
    var sides: [CommitID: Sides] = [:]
    var queue = PriorityQueue<CommitByAge>()
    var queued: Set<CommitID> = []
    // Commits in the queue that may still lead to a nearest common ancestor.
    var open = 0
    var found: Set<CommitID> = []
    func reach(_ id: CommitID, from new: Sides) throws {
      let known = sides[id] ?? []
      let all = known.union(new)
      guard all != known else { return }
      sides[id] = all
      if queued.insert(id).inserted {
        queue.insert(CommitByAge(time: try commit(id).time, id: id))
        if !all.contains(.surpassed) { open += 1 }
      } else if !known.contains(.surpassed), all.contains(.surpassed) {
        open -= 1
      }
    }
    try reach(first, from: .first)
    try reach(second, from: .second)
    while open > 0, let next = queue.removeFirst() {
      queued.remove(next.id)
      var reached = sides[next.id] ?? []
      if !reached.contains(.surpassed) { open -= 1 }
      if reached.isSuperset(of: .both) {
        if !reached.contains(.surpassed) { found.insert(next.id) }
        reached.insert(.surpassed)
      }
      for parent in try commit(next.id).parents { try reach(parent, from: reached) }
    }
    return found.filter { !(sides[$0] ?? []).contains(.surpassed) }.sorted()
  }
}
