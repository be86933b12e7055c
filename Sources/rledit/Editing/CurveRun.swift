import Editing
import Ledger
import ModelStore
import ObjectModel

/// Evaluates a model at points along its history.
struct CurveRun {
  private struct Subject {
    let point: CurvePoints.Point
    let batches: [HistoryEdits.Batch]
    /// What is measured there: numbers of records, and for edits of the history their ages.
    let records: [Int]
    let ages: [Int]?
  }

  private let subjects: [Subject]
  private let history: HistoryEdits
  private let session: EvaluationSession
  private let evaluator: Evaluator
  private let repository: Repository
  /// Where each record that is used lies among those of the evaluator.
  private let places: [Int: Int]

  /// Finds out what is to be measured where, and measures the unedited model.
  ///
  /// - Parameters:
  ///   - points: the unedited model first; not empty.
  ///   - facts: a file whose records are measured at every point, or `nil` for the edits active
  ///     there.
  /// - Throws: ``CommandError/noRecordsLeft``, `FactsError`, and as ``Evaluator`` and
  ///   ``EvaluationSession``.
  init(
    points: [CurvePoints.Point], facts: String?, options: EvaluationOptions,
    in repository: Repository, _ view: LedgerView
  ) throws {
    guard let last = points.last else { throw CommandError.noActiveEdits }
    self.repository = repository
    let history = try HistoryEdits(leadingTo: last.id, in: view)
    self.history = history
    let selection = options.selection
    var records = history.records
    var fixed: [Int]?
    if let facts {
      let entries = try FactsFile.load(path: facts, limit: nil).entries
      records = entries.map(\.record)
      fixed = selection.chosen(
        from: entries.indices.filter {
          selection.admits(entries[$0].record, relation: entries[$0].relation)
        })
    }
    let final = try history.active(at: last.commit)
    subjects = try points.map { point in
      let batches = try history.active(at: point.commit)
      if let fixed { return Subject(point: point, batches: batches, records: fixed, ages: nil) }
      guard !batches.isEmpty else {
        // What the model makes of the edits to come, where it has none yet.
        let coming = selection.chosen(
          from: AgedRecords(final).numbers.filter { selection.admits(records[$0], relation: nil) })
        return Subject(point: point, batches: [], records: coming, ages: nil)
      }
      let aged = AgedRecords(batches)
      let kept = aged.keeping(
        selection.chosen(
          from: aged.numbers.filter { selection.admits(records[$0], relation: nil) }))
      return Subject(point: point, batches: batches, records: kept.numbers, ages: kept.ages)
    }
    // Only what is measured somewhere is prepared.
    let used = Set(subjects.flatMap(\.records)).sorted()
    guard !used.isEmpty else { throw CommandError.noRecordsLeft }
    session = try EvaluationSession(
      last.commit.model, at: points.map(\.commit), text: options.text, in: repository)
    evaluator = try Evaluator(
      used.map { records[$0] }, measures: options.measures.measures, model: session.model,
      firstEditedLayer: session.firstEditedLayer)
    places = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
  }

  /// Measures at every point.
  ///
  /// - Parameter progress: told how many points are done, and the commit of the next one.
  /// - Throws: as ``Evaluator/evaluate(_:records:progress:)``, `ModelStoreError`, `ObjectStoreError`.
  func measure(progress: (_ done: Int, _ next: CommitID) -> Void) throws -> [CurveReport.Point] {
    var measured: [CurveReport.Point] = []
    for (index, subject) in subjects.enumerated() {
      progress(index, subject.point.id)
      try Task.checkCancellation()
      measured.append(try measure(subject))
      try repository.materializer.renewSnapshots()
    }
    return measured
  }

  private func measure(_ subject: Subject) throws -> CurveReport.Point {
    let start = ContinuousClock.now
    let commit = subject.point.commit
    let records = subject.records.compactMap { places[$0] }
    let isUnedited = commit.chain == nil
    let evaluation: Evaluation
    var perplexity = session.perplexity?.uneditedScore
    if isUnedited {
      evaluation = evaluator.evaluateUnedited(records: records)
    } else {
      let decoder = try session.decoder(at: commit, in: repository)
      evaluation = try evaluator.evaluate(decoder, records: records)
      perplexity = try session.perplexity?.measure(decoder)
    }
    let unedited = session.perplexity?.uneditedScore
    return CurveReport.Point(
      commit: subject.point.id.hex, number: subject.point.number,
      commits: subject.batches.count,
      edits: subject.batches.reduce(0) { $0 + $1.records.count },
      deltaBytes: try history.deltaBytes(at: commit),
      measures: MeasuresReport(
        evaluation, ages: subject.ages,
        perplexity: perplexity.flatMap { here in unedited.map { .init(here, unedited: $0) } }),
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }
}
