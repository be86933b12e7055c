import Editing
import Ledger
import ModelStore
import ObjectModel

/// Evaluates a model at points along its history.
struct CurveRun {
  private struct Subject {
    let point: CurvePoints.Point
    let batches: [HistoryEdits.Batch]
    let choice: MeasuredRecords.Choice
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
  /// - Throws: ``CommandError/noActiveEdits``, ``CommandError/noRecordsLeft``, `FactsError`, and as
  ///   ``Evaluator`` and ``EvaluationSession``.
  init(
    points: [CurvePoints.Point], facts: String?, options: EvaluationOptions,
    in repository: Repository, _ view: LedgerView, on terminal: Terminal
  ) throws {
    guard let last = points.last else { throw CommandError.noActiveEdits }
    self.repository = repository
    let history = try HistoryEdits(leadingTo: last.id, in: view)
    self.history = history
    let measured = try MeasuredRecords(
      facts: facts, or: history, options.selection, warn: { terminal.warn($0) })
    let final = try history.active(at: last.commit)
    subjects = try points.map { point in
      let batches = try history.active(at: point.commit)
      guard facts == nil, batches.isEmpty else {
        return Subject(point: point, batches: batches, choice: measured.choice(at: batches))
      }
      // What the model makes of the edits to come, where it has none yet.
      let coming = measured.choice(at: final)
      return Subject(
        point: point, batches: [], choice: .init(numbers: coming.numbers, ages: nil, replaced: nil))
    }
    guard facts != nil || subjects.contains(where: { !$0.batches.isEmpty }) else {
      throw CommandError.noActiveEdits
    }
    // Only what is measured somewhere is prepared.
    let used = Set(subjects.flatMap(\.choice.numbers)).sorted()
    guard !used.isEmpty else { throw CommandError.noRecordsLeft }
    session = try EvaluationSession(
      last.commit.model, at: points.map(\.commit), text: options.text, in: repository)
    let records = used.map { measured.records[$0] }
    try session.session.requireRoom(
      for: records, comparingFormer: options.measures.measures.contains(.probability))
    evaluator = try Evaluator(
      records, measures: options.measures.measures, model: session.model,
      firstEditedLayer: session.firstEditedLayer)
    places = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
  }

  /// Measures at every point.
  ///
  /// - Parameters:
  ///   - start: when the work began; what came before the first point counts as its own.
  ///   - progress: told how many points are done, and the commit of the next one.
  /// - Throws: as ``Evaluator/evaluate(_:records:progress:)``, `ModelStoreError`, `ObjectStoreError`.
  func measure(
    since start: ContinuousClock.Instant, progress: (_ done: Int, _ next: CommitID) -> Void
  ) throws -> [CurveReport.Point] {
    var measured: [CurveReport.Point] = []
    var begun = start
    for (index, subject) in subjects.enumerated() {
      progress(index, subject.point.id)
      try Task.checkCancellation()
      measured.append(try measure(subject, since: begun))
      begun = .now
      try repository.materializer.renewSnapshots()
    }
    return measured
  }

  private func measure(
    _ subject: Subject, since start: ContinuousClock.Instant
  ) throws -> CurveReport.Point {
    let commit = subject.point.commit
    let records = subject.choice.numbers.compactMap { places[$0] }
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
      editingSecondsPerEdit: subject.batches.secondsPerEdit,
      editingMemoryBytes: subject.batches.editingMemoryBytes,
      measures: MeasuresReport(
        evaluation, ages: subject.choice.ages, replaced: subject.choice.replaced,
        perplexity: perplexity.flatMap { here in unedited.map { .init(here, unedited: $0) } }),
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }
}
