import Editing
import ObjectModel

/// The records that measures are taken of: those of a file, the same everywhere, or of a history the edits
/// that are active where it is measured.
struct MeasuredRecords {
  /// What is measured at one commit.
  struct Choice {
    /// Numbers of records, ascending.
    let numbers: [Int]
    /// Of edits of the history, the batches that were edited in after their own.
    let ages: [Int]?
    /// Those of all active edits that are not measured, since a later one of the same fact has taken their
    /// place; `nil` for the records of a file.
    let replaced: Int?
  }

  /// All that there are to choose from.
  let records: [EditRecord]
  private let selection: RecordSelection
  /// What is measured of a file.
  private let ofFile: [Int]?

  /// - Parameters:
  ///   - facts: the path of a file of records, or `nil` for those of the history.
  ///   - warn: told what a user should know of the file's records.
  /// - Throws: ``CommandError/noRecordsLeft`` for a file with none that is selected, `FactsError`.
  init(
    facts: String?, or history: HistoryEdits, _ selection: RecordSelection, warn: (String) -> Void
  ) throws {
    self.selection = selection
    guard let facts else {
      records = history.records
      ofFile = nil
      return
    }
    // A limit alone spares the reading of later lines, which may not even be whole.
    let narrows = selection.sample != nil || !selection.conditions.isEmpty
    let file = try FactsFile.load(path: facts, limit: narrows ? nil : selection.limit)
    let entries = file.entries
    records = entries.map(\.record)
    let chosen = selection.chosen(
      from: entries.indices.filter {
        selection.admits(entries[$0].record, relation: entries[$0].relation)
      })
    guard !chosen.isEmpty else { throw CommandError.noRecordsLeft }
    file.warnings(of: FactsConflicts(in: chosen.map { entries[$0] })).forEach(warn)
    ofFile = chosen
  }

  /// What is measured at a commit.
  ///
  /// - Parameters:
  ///   - active: the batches that are active there.
  ///   - commits: those whose edits alone are measured, or `nil` for all.
  func choice(at active: [HistoryEdits.Batch], of commits: Set<CommitID>? = nil) -> Choice {
    if let ofFile { return Choice(numbers: ofFile, ages: nil, replaced: nil) }
    let aged = AgedRecords(active, of: records)
    let among = commits.map { commits in
      Set(active.filter { commits.contains($0.commit) }.flatMap(\.records))
    }
    let kept = aged.keeping(
      selection.chosen(
        from: aged.numbers.filter {
          among?.contains($0) ?? true && selection.admits(records[$0], relation: nil)
        }))
    return Choice(numbers: kept.numbers, ages: kept.ages, replaced: aged.replaced)
  }
}
