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
    try AncestryWalk(in: self, from: first, and: second).nearest
  }

  /// How many commits one commit leads to and another does not, and the other way round.
  ///
  /// No more of both histories is walked than ``mergeBases(of:and:)`` takes, and what is of the same second
  /// as something that one of them alone leads to. Where clocks went wrong, commits that both lead to may be
  /// among those counted.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(n log n), n being the commits that are not ancestors of the nearest common ones.
  package func divergence(
    of first: CommitID, from second: CommitID
  ) throws -> (ahead: Int, behind: Int) {
    var walk = try AncestryWalk(in: self, from: first, and: second)
    try walk.settle()
    return (walk.count(of: .first), walk.count(of: .second))
  }
}

/// A walk through the histories of two commits at once, the newest commit first, until everything left is
/// known to lie below a common ancestor.
private struct AncestryWalk {
  private let view: LedgerView
  private var sides: [CommitID: Sides] = [:]
  private var times: [CommitID: Int] = [:]
  private var queue = PriorityQueue<CommitByAge>()
  private var queued: Set<CommitID> = []
  /// Commits in the queue that may still lead to a nearest common ancestor.
  private var open = 0
  private var found: Set<CommitID> = []

  init(in view: LedgerView, from first: CommitID, and second: CommitID) throws {
    self.view = view
    try reach(first, from: .first)
    try reach(second, from: .second)
    while open > 0, let next = queue.removeFirst() { try visit(next) }
  }

  /// Common ancestors among which the nearest are, in the order of their ids.
  var nearest: [CommitID] {
    found.filter { !(sides[$0] ?? []).contains(.surpassed) }.sorted()
  }

  /// How many of the commits that were come to were reached from this side alone.
  func count(of side: Sides) -> Int { sides.values.count { $0 == side } }

  /// Goes on until no commit can be left of one side that is of both: among those of one second, an older one
  /// may have been come to first.
  mutating func settle() throws {
    let ofOneSide = sides.filter { $0.value == .first || $0.value == .second }
    guard let oldest = ofOneSide.keys.compactMap({ times[$0] }).min() else { return }
    while let next = queue.removeFirst(), next.time >= oldest { try visit(next) }
  }

  private mutating func reach(_ id: CommitID, from new: Sides) throws {
    let known = sides[id] ?? []
    let all = known.union(new)
    guard all != known else { return }
    sides[id] = all
    if queued.insert(id).inserted {
      let time = try times[id] ?? view.commit(id).time
      times[id] = time
      queue.insert(CommitByAge(time: time, id: id))
      if !all.contains(.surpassed) { open += 1 }
    } else if !known.contains(.surpassed), all.contains(.surpassed) {
      open -= 1
    }
  }

  private mutating func visit(_ next: CommitByAge) throws {
    queued.remove(next.id)
    var reached = sides[next.id] ?? []
    if !reached.contains(.surpassed) { open -= 1 }
    if reached.isSuperset(of: .both) {
      if !reached.contains(.surpassed) { found.insert(next.id) }
      reached.insert(.surpassed)
    }
    for parent in try view.commit(next.id).parents { try reach(parent, from: reached) }
  }
}
