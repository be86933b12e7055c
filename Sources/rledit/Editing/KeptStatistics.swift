import Editing
import Ledger
import ObjectModel
import ObjectStore

/// The running statistics at a commit, with what it takes to go on from them instead of from the
/// beginning of the history. Kept in the store every so many edits.
struct KeptStatistics: Equatable {
  var statistics: RunningStatistics
  /// Above every number of a chain that the commit and those before it have ever given out. An entry with
  /// such a number is one that nobody before has appended, so that nothing before says what it contributed.
  var numbersBelow: Int
}

extension KeptStatistics {
  /// The statistics at a commit by those kept of one of its ancestors; `nil` where that does not go.
  ///
  /// It goes where the way there is by commits of one parent each, the ancestor's chain is what the
  /// commit's begins with, and all that follows was appended on the way for the first time. Then the fold
  /// over the whole chain begins with the fold over the ancestor's, contribution by contribution, and the
  /// result has the same bits.
  ///
  /// - Returns: the statistics, and the number of contributions folded to get there.
  /// - Throws: `EditingError`, `ObjectStoreError`.
  /// - Complexity: O(commits since then).
  static func following(
    _ id: CommitID, in view: LedgerView, of store: ObjectStore
  ) throws -> (found: KeptStatistics, folded: Int)? {
    var path: [Commit] = []
    var next = id
    let chain = try view.chain(of: view.commit(id))
    while true {
      let commit = try view.commit(next)
      if let kept = try view.keptStatistics(of: next) {
        let start = try view.chain(of: commit)
        if start.nextSequence <= chain.nextSequence,
          try chain.root(before: start.nextSequence, source: view.snapshot) == start.root
        {
          let later = try chain.entries(from: start.nextSequence, source: view.snapshot)
          if let found = try kept.advanced(
            by: later, appendedBy: path.reversed(), in: view, of: store)
          {
            return found
          }
        }
      }
      guard commit.parents.count == 1 else { return nil }
      path.append(commit)
      next = commit.parents[0]
    }
  }

  /// - Returns: `nil` where one of the entries may be from before.
  private func advanced(
    by entries: [ChainEntry], appendedBy path: [Commit], in view: LedgerView, of store: ObjectStore
  ) throws -> (found: KeptStatistics, folded: Int)? {
    let appended = Set(path.flatMap(\.added))
    guard entries.allSatisfy({ $0.sequence >= numbersBelow && appended.contains($0) }) else {
      return nil
    }
    var history = EditingHistory(
      of: path, after: EditingState(statistics: statistics), in: view, of: store)
    let state = try history.state(of: entries)
    let found = KeptStatistics(
      statistics: state.statistics, numbersBelow: max(numbersBelow, history.numbersBelow))
    return (found, entries.count)
  }
}

/// The stored form: ``numbersBelow`` as a 64-bit integer and then the files of the statistics, each behind
/// the lengths of its name and of its bytes as 64-bit integers, all little-endian.
extension KeptStatistics {
  var encoded: [UInt8] {
    var bytes = UInt64(numbersBelow).littleEndianBytes
    for file in statistics.encodedFiles {
      let name = Array(file.name.utf8)
      for length in [name.count, file.bytes.count] { bytes += UInt64(length).littleEndianBytes }
      bytes += name + file.bytes
    }
    return bytes
  }

  /// - Returns: `nil` where the bytes are not of the form, as those of a program to come.
  init?(encoded bytes: [UInt8]) {
    var rest = bytes[...]
    func take(_ count: Int) -> [UInt8]? {
      guard count <= rest.count else { return nil }
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    func takeNumber() -> Int? {
      take(8).flatMap { Int(exactly: UInt64(littleEndianBytes: $0)) }
    }
    guard let numbersBelow = takeNumber() else { return nil }
    var files: [(name: String, bytes: [UInt8])] = []
    while !rest.isEmpty {
      guard let nameLength = takeNumber(), let length = takeNumber(), let name = take(nameLength),
        let content = take(length)
      else { return nil }
      files.append((String(decoding: name, as: UTF8.self), content))
    }
    guard let statistics = try? RunningStatistics(encodedFiles: files) else { return nil }
    self.init(statistics: statistics, numbersBelow: numbersBelow)
  }
}

extension LedgerView {
  fileprivate func keptStatistics(of commit: CommitID) throws -> KeptStatistics? {
    try snapshot.derivedRecord(of: commit).flatMap { KeptStatistics(encoded: $0) }
  }
}

/// Keeps the running statistics of a line of commits, every so many contributions.
struct StatisticsKeeper {
  /// Contributions folded since the last that is kept, for which another is. So along a line of edits they take
  /// at most this part of the room of what they are folded from, and reading on from one is bounded.
  static let spacing = 32

  /// As in ``KeptStatistics``, up to where the keeper began.
  var numbersBelow: Int
  /// Contributions folded since the last that is kept.
  var folded: Int

  /// Keeps the statistics at a commit where that is due.
  ///
  /// - Throws: `ObjectStoreError` where the commit cannot be read.
  mutating func reached(
    _ id: CommitID, with statistics: RunningStatistics, of repository: Repository
  ) throws {
    guard folded >= Self.spacing else { return }
    let view = try repository.ledger.view()
    let next = try view.chain(of: view.commit(id)).nextSequence
    // After a merge that took a shorter chain, numbers are given out a second time for a while.
    guard next >= numbersBelow else { return }
    let kept = KeptStatistics(statistics: statistics, numbersBelow: next)
    // The commit stands whatever becomes of what only saves time.
    try? repository.store.keepDerivedRecord(kept.encoded, of: id)
    folded = 0
  }
}
