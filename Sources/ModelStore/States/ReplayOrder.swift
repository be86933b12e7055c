import ObjectModel

/// An order of commits in which every one comes after its parents, and as often as can be right after
/// one of them.
struct ReplayOrder {
  private(set) var commits: [CommitID] = []

  /// - Parameters:
  ///   - given: commits in any order, each once or more.
  ///   - parents: tells a commit's parents; those that are not given do not count.
  /// - Throws: what `parents` throws.
  /// - Complexity: O(commits + their parents).
  init(_ given: [CommitID], parents: (CommitID) throws -> [CommitID]) rethrows {
    var seen: Set<CommitID> = []
    // Logs list the newest commits first.
    let wanted = given.reversed().filter { seen.insert($0).inserted }
    var children: [CommitID: [CommitID]] = [:]
    var missing: [CommitID: Int] = [:]
    for commit in wanted {
      let parents = Set(try parents(commit)).intersection(seen)
      missing[commit] = parents.count
      for parent in parents { children[parent, default: []].append(commit) }
    }
    // A stack, so that a line is followed to its end before another is taken up.
    var ready = Array(wanted.filter { missing[$0] == 0 }.reversed())
    while let commit = ready.popLast() {
      commits.append(commit)
      for child in (children[commit] ?? []).reversed() {
        missing[child, default: 0] -= 1
        if missing[child] == 0 { ready.append(child) }
      }
    }
  }
}
