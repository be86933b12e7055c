package import ObjectModel

/// A commit in a listing of history.
package struct LogEntry: Sendable {
  package let id: CommitID
  package let commit: Commit
}

extension LedgerView {
  /// The commits that `starts` lead to and `excluded` do not, no commit before its children, and
  /// otherwise the newest first.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(n log n), n being the commits that `starts` and `excluded` lead to.
  package func log(
    from starts: [CommitID], excluding excluded: [CommitID] = []
  ) throws -> [LogEntry] {
    var hidden: Set<CommitID> = []
    var waiting = excluded
    while let id = waiting.popLast() {
      if hidden.insert(id).inserted { waiting += try commit(id).parents }
    }
    var commits: [CommitID: Commit] = [:]
    var children: [CommitID: Int] = [:]
    waiting = starts
    while let id = waiting.popLast() {
      guard commits[id] == nil, !hidden.contains(id) else { continue }
      let commit = try commit(id)
      commits[id] = commit
      for parent in commit.parents where !hidden.contains(parent) {
        children[parent, default: 0] += 1
        waiting.append(parent)
      }
    }
    var ready = PriorityQueue<CommitByAge>()
    for (id, commit) in commits where children[id, default: 0] == 0 {
      ready.insert(CommitByAge(time: commit.time, id: id))
    }
    var entries: [LogEntry] = []
    while let next = ready.removeFirst() {
      guard let commit = commits[next.id] else { continue }
      entries.append(LogEntry(id: next.id, commit: commit))
      for parent in commit.parents {
        guard let left = children[parent] else { continue }
        children[parent] = left - 1
        if left == 1, let older = commits[parent] {
          ready.insert(CommitByAge(time: older.time, id: parent))
        }
      }
    }
    return entries
  }

  /// Calls `body` with the commits that `starts` lead to, each once, until it gives `false`: at each step
  /// the newest of those that are among `starts` or are parents of one that came before.
  ///
  /// That is the order of ``log(from:excluding:)`` wherever no commit is older than its parents, as where
  /// clocks were set back, and it takes no more of the history than is asked for.
  ///
  /// - Throws: ``ObjectStoreError``, what `body` throws.
  /// - Complexity: O(commits that `body` is called with · log of their number).
  package func forEachCommit(
    from starts: [CommitID], _ body: (LogEntry) throws -> Bool
  ) throws {
    var met: Set<CommitID> = []
    var waiting: [CommitID: Commit] = [:]
    var queue = PriorityQueue<CommitByAge>()
    func meet(_ ids: [CommitID]) throws {
      for id in ids where met.insert(id).inserted {
        let commit = try commit(id)
        waiting[id] = commit
        queue.insert(CommitByAge(time: commit.time, id: id))
      }
    }
    try meet(starts)
    while let next = queue.removeFirst() {
      guard let commit = waiting.removeValue(forKey: next.id) else { continue }
      guard try body(LogEntry(id: next.id, commit: commit)) else { return }
      try meet(commit.parents)
    }
  }
}
