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

extension LedgerView {
  /// The commits that brought in entries of a chain, in the order of their first entries, each with its
  /// entries.
  ///
  /// - Throws: `ObjectStoreError`.
  /// - Complexity: O(commits that lead to `history`).
  func commits(
    bringing entries: [ChainEntry], in history: CommitID
  ) throws -> [(id: CommitID, entries: [ChainEntry])] {
    let makers = try makers(of: entries, in: history)
    var places: [CommitID: Int] = [:]
    var found: [(id: CommitID, entries: [ChainEntry])] = []
    for entry in entries {
      guard let maker = makers[entry] else { continue }
      if let place = places[maker] {
        found[place].entries.append(entry)
      } else {
        places[maker] = found.count
        found.append((maker, [entry]))
      }
    }
    return found
  }

  /// The records of the commits that brought in entries of a chain: one that was rehearsed once, where its
  /// own commit is among them.
  ///
  /// - Throws: `ObjectStoreError`.
  func records(of entries: [ChainEntry], in history: CommitID) throws -> [EditRecord] {
    var records: [EditRecord] = []
    for (id, _) in try commits(bringing: entries, in: history) {
      let commit = try commit(id)
      let known = commit.operation == .rehearse ? Set(records) : []
      records += commit.edits.filter { !known.contains($0) }
    }
    return records
  }
}
