package import ObjectModel

/// What is known in the search for the first bad commit.
package struct Bisection: Sendable, Equatable {
  /// A commit that has what is sought.
  package var bad: CommitID
  /// Commits that have it not.
  package var good: Set<CommitID>
  /// Commits that cannot be told.
  package var skipped: Set<CommitID>

  package init(bad: CommitID, good: Set<CommitID>, skipped: Set<CommitID> = []) {
    self.bad = bad
    self.good = good
    self.skipped = skipped
  }

  /// What to do next.
  package enum Step: Sendable, Equatable {
    /// Look at this commit; `candidates` may still be the first bad one, and about `steps` more looks
    /// will tell.
    case look(at: CommitID, candidates: Int, steps: Int)
    /// All that leads to this commit is good, and it is bad.
    case found(CommitID)
    /// The first bad commit is one of these, and all others but the last cannot be told.
    case unclear([CommitID])
  }
}

extension LedgerView {
  /// The next step of a search: of the commits that `bad` leads to and no good one does, the one that
  /// halves them best, as git does it. Where a commit of the middle was skipped, the nearest in quality
  /// that was not.
  ///
  /// - Throws: ``LedgerError/goodAfterBad(bad:)`` where a good commit comes from the bad one;
  ///   ``ObjectStoreError``.
  /// - Complexity: O(commits that `bad` and the good ones lead to), and O(candidates) for each candidate
  ///   that is a merge.
  package func step(of bisection: Bisection) throws -> Bisection.Step {
    // The newest first; all but the bad one itself may or may not be bad.
    let candidates = try log(from: [bisection.bad], excluding: Array(bisection.good))
    guard !candidates.isEmpty else { throw LedgerError.goodAfterBad(bad: bisection.bad) }
    guard candidates.count > 1 else { return .found(bisection.bad) }
    let reached = Reached(candidates)
    let open = candidates.filter { entry in
      entry.id != bisection.bad && !bisection.skipped.contains(entry.id)
    }
    let best = open.max { left, right in
      reached.quality(of: left.id) < reached.quality(of: right.id)
    }
    guard let best else { return .unclear(candidates.map(\.id)) }
    var steps = 0
    while 1 << (steps + 1) < candidates.count { steps += 1 }
    return .look(at: best.id, candidates: candidates.count, steps: steps)
  }
}

/// For each candidate, how many of the candidates lead to it, itself among them.
private struct Reached {
  private var counts: [CommitID: Int] = [:]
  private let total: Int

  /// - Parameter candidates: no commit before its children.
  init(_ candidates: [LogEntry]) {
    total = candidates.count
    let parents = Dictionary(
      uniqueKeysWithValues: candidates.map { ($0.id, $0.commit.parents) })
    for entry in candidates.reversed() {
      let own = entry.commit.parents.filter { parents[$0] != nil }
      if own.count < 2 {
        counts[entry.id] = 1 + (own.first.flatMap { counts[$0] } ?? 0)
      } else {
        // What two parents have in common must not count twice.
        var seen: Set<CommitID> = []
        var waiting = [entry.id]
        while let next = waiting.popLast() {
          guard let further = parents[next], seen.insert(next).inserted else { continue }
          waiting += further
        }
        counts[entry.id] = seen.count
      }
    }
  }

  /// How many candidates a look at the commit rules out at least.
  func quality(of id: CommitID) -> Int {
    let count = counts[id] ?? 0
    return min(count, total - count)
  }
}
