import Ledger
import ObjectModel

extension LedgerView {
  /// The commits that revisions and ranges name, each once: what is done twice is done wrong.
  ///
  /// - Parameter oldestFirst: the order of a range's commits.
  /// - Throws: `LedgerError`, `ObjectStoreError`, ``CommandError/usage(_:hint:)`` for none.
  func commits(named revisions: [String], oldestFirst: Bool) throws -> [CommitID] {
    var commits: [CommitID] = []
    for text in revisions {
      if let range = try resolveRange(text) {
        let found = try log(from: [range.included], excluding: [range.excluded]).map(\.id)
        commits += oldestFirst ? found.reversed() : found
      } else {
        commits.append(try resolve(text))
      }
    }
    var seen: Set<CommitID> = []
    commits = commits.filter { seen.insert($0).inserted }
    guard !commits.isEmpty else {
      throw CommandError.usage(
        "the range names no commits", hint: "A..B are the commits that B has and A has not")
    }
    return commits
  }
}
