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

    func metric(_ name: String) -> Double? { metrics.first { $0.name == name }?.value }
  }

  /// All records, in the order in which their commits came into the line of first parents: those of the
  /// oldest first, and what a merge brought before the merge. So the records that lead to a commit of that
  /// line have the same numbers whether more follows or not.
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
    for entry in try view.log(from: [head]).alongFirstParents(of: head)
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

extension [HistoryEdits.Batch] {
  /// What editing one record took, on average, of the batches that tell.
  var secondsPerEdit: Double? {
    let told = compactMap { batch in
      batch.metric(EditCost.secondsMetric).map {
        (seconds: $0, edits: batch.records.count)
      }
    }
    guard !told.isEmpty else { return nil }
    return told.reduce(0) { $0 + $1.seconds } / Double(told.reduce(0) { $0 + $1.edits })
  }

  /// The most memory that editing one of the batches took, of those that tell.
  var editingMemoryBytes: Int? {
    compactMap { $0.metric(EditCost.peakMemoryMetric) }.max().flatMap { Int(exactly: $0) }
  }
}

extension [LogEntry] {
  /// The whole history of a commit, listed the newest first, in the order in which its commits came into the
  /// line of first parents, the oldest first.
  ///
  /// - Complexity: O(n log n).
  fileprivate func alongFirstParents(of head: CommitID) -> [LogEntry] {
    let places = Dictionary(uniqueKeysWithValues: enumerated().map { ($0.element.id, $0.offset) })
    var line: [Int] = []
    var next = places[head]
    while let place = next {
      line.append(place)
      next = self[place].commit.parents.first.flatMap { places[$0] }
    }
    var seen = [Bool](repeating: false, count: count)
    var ordered: [LogEntry] = []
    for place in line.reversed() {
      // With it all that leads to it and to none before it.
      var fresh: [Int] = []
      var waiting = [place]
      while let place = waiting.popLast() {
        guard !seen[place] else { continue }
        seen[place] = true
        fresh.append(place)
        waiting += self[place].commit.parents.compactMap { places[$0] }
      }
      ordered += fresh.sorted(by: >).map { self[$0] }
    }
    return ordered
  }
}
