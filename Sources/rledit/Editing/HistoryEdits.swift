import Ledger
import ObjectModel
import ObjectStore

/// The edit records of a history, and which of them are active at any of its commits. What was rehearsed
/// is there by the batch that it is from.
struct HistoryEdits {
  /// The records that one commit edited in.
  struct Batch {
    let commit: CommitID
    /// Their numbers.
    let records: Range<Int>
    let metrics: [Commit.Metric]
  }

  /// All records, those of the oldest commit first.
  private(set) var records: [EditRecord] = []
  private let view: LedgerView
  private var batches: [Batch] = []
  /// The batch whose commit first appended an entry, and the last one whose commit appended a delta.
  private var batchesByEntry: [ChainEntry: Int] = [:]
  private var batchesByDelta: [DeltaID: Int] = [:]

  /// The history that leads to a commit.
  ///
  /// - Throws: `ObjectStoreError`.
  /// - Complexity: O(commits that lead there).
  init(leadingTo head: CommitID, in view: LedgerView) throws {
    self.view = view
    for entry in try view.log(from: [head]).reversed()
    where !entry.commit.edits.isEmpty && entry.commit.operation != .rehearse {
      let first = records.count
      records += entry.commit.edits
      for added in entry.commit.added {
        if batchesByEntry[added] == nil { batchesByEntry[added] = batches.count }
        batchesByDelta[added.delta] = batches.count
      }
      batches.append(
        Batch(commit: entry.id, records: first..<records.count, metrics: entry.commit.metrics))
    }
  }

  /// The batches whose deltas are active at a commit, in the order in which they are applied.
  ///
  /// - Throws: `ObjectStoreError`.
  /// - Complexity: O(active deltas).
  func active(at commit: Commit) throws -> [Batch] {
    var seen: Set<Int> = []
    return try view.activeDeltas(of: commit)
      // A delta that was carried over to another line has a number of its own there.
      .compactMap { batchesByEntry[$0] ?? batchesByDelta[$0.delta] }
      .filter { seen.insert($0).inserted }
      .map { batches[$0] }
  }

  /// The bytes of all factors that are active at a commit.
  ///
  /// - Throws: `ObjectStoreError`.
  func deltaBytes(at commit: Commit) throws -> Int {
    try view.activeDeltas(of: commit).reduce(0) { sum, entry in
      let delta: Delta = try view.snapshot.object(entry.delta)
      return delta.blobs.reduce(sum) { $0 + $1.byteCount }
    }
  }
}

/// Active records with their ages.
struct AgedRecords {
  /// Numbers of records, ascending.
  private(set) var numbers: [Int] = []
  /// For each of them, the batches that were edited in after its own.
  private(set) var ages: [Int] = []

  /// - Parameter batches: in the order in which they are applied.
  init(_ batches: [HistoryEdits.Batch]) {
    let aged = batches.enumerated().flatMap { place, batch in
      batch.records.map { (number: $0, age: batches.count - 1 - place) }
    }.sorted { $0.number < $1.number }
    numbers = aged.map(\.number)
    ages = aged.map(\.age)
  }

  /// Those whose numbers are among `chosen`.
  func keeping(_ chosen: [Int]) -> AgedRecords {
    let chosen = Set(chosen)
    var kept = self
    let places = numbers.indices.filter { chosen.contains(numbers[$0]) }
    kept.numbers = places.map { numbers[$0] }
    kept.ages = places.map { ages[$0] }
    return kept
  }
}
