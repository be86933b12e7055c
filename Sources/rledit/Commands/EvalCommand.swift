import ArgumentParser
import Editing
import Ledger
import ModelFiles
import ObjectModel

/// `rledit eval`
struct EvalCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure how well edits hold at a revision.",
    discussion: """
      Accuracy is teacher-forced: the share of an answer's tokens that are the model's first choice, \
      given the tokens before them; locality is the share of locality prompts whose first choices, \
      all of them, are those of the unedited model. Generation lets the model go on from the prompt \
      by itself and asks whether that is the answer, or for locality what the unedited model says. \
      The probability measure asks whether the target is more probable than the former answer, for \
      records that know it. Every value comes with a 95 % confidence interval. Without FACTS the \
      edits that are active at the revision are measured, also by age.
      """)

  @Argument(help: "The edit records; by default those active at the revision.", completion: .file())
  var facts: String?

  @Option(help: .init("The revision to measure.", valueName: "revision"))
  var at: String?

  @Option(help: .init("Measure only the first records.", valueName: "count"))
  var limit: Int?

  @Option(
    help: .init("Measure only active edits of these commits, without FACTS.", valueName: "a..b"))
  var commits: String?

  @Option(
    help: .init(
      """
      End with code 1 where a measure does not come to a share, such as efficacy=0.95 or \
      generation_locality=0.6; may be repeated.
      """, valueName: "measure=share"))
  var require: [Requirement] = []

  @Option(
    help: .init(
      """
      End with code 1 where the perplexity on --text is above the unedited model's by more than this share.
      """, valueName: "share"))
  var perplexityRise: Double?

  @OptionGroup(title: "What to measure")
  var options: EvaluationOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
    if let perplexityRise, !(perplexityRise >= 0) || options.text == nil {
      throw ValidationError("--perplexity-rise is a share from 0 on, and needs --text")
    }
    if facts != nil, commits != nil {
      throw ValidationError("--commits chooses among the edits of the store, not those of a file")
    }
    try options.validate(facts: facts)
    for group in MeasureGroup.all where !options.measures.measures.isSuperset(of: group.needs) {
      let names = Set(group.measures.map(\.column))
      if let missed = require.first(where: { names.contains($0.measure.column) }) {
        throw ValidationError(
          "--require \(missed.measure.column) asks for what --measures leaves out")
      }
    }
  }

  func run() throws {
    let start = ContinuousClock.now
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let entry = try repository.resolve(at, in: view)
    let history = try HistoryEdits(leadingTo: entry.id, in: view)
    let active = try history.active(at: entry.commit)
    let measuredRecords = try measuredRecords(history)
    guard facts != nil || !active.isEmpty else { throw CommandError.noActiveEdits }
    let choice = measuredRecords.choice(
      at: active, of: try commits.map { try self.commits(in: $0, view) })
    guard !choice.numbers.isEmpty else {
      throw choice.replaced ?? 0 > 0 ? CommandError.allReplaced : CommandError.noRecordsLeft
    }
    let session = try EvaluationSession(
      entry.commit.model, at: [entry.commit], text: options.text, in: repository)
    let records = choice.numbers.map { measuredRecords.records[$0] }
    try session.session.requireRoom(
      for: records, comparingFormer: options.measures.measures.contains(.probability))
    let decoder = try session.decoder(at: entry.commit, in: repository)
    let reading = ProgressBar("unedited", unit: .items("prompts"), on: global.terminal)
    defer { reading.finish() }
    let evaluator = try Evaluator(
      records, measures: options.measures.measures, model: session.model,
      firstEditedLayer: session.firstEditedLayer
    ) { reading.update($0, of: $1) }
    reading.finish()
    let measuring = ProgressBar("measuring", unit: .items("prompts"), on: global.terminal)
    defer { measuring.finish() }
    let here = try evaluator.evaluate(decoder) { measuring.update($0, of: $1) }
    let perplexity = try session.perplexity.map {
      MeasuresReport.Perplexity(try $0.measure(decoder), unedited: $0.uneditedScore)
    }
    measuring.finish()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let measured = MeasuresReport(
      here, ages: choice.ages, replaced: choice.replaced, perplexity: perplexity)
    try global.terminal.show(
      EvaluationReport(
        revision: entry.id.hex, here: measured,
        unedited: MeasuresReport(evaluator.evaluateUnedited()),
        cost: EvaluationReport.Cost(
          seconds: seconds, records: records.count, active: active,
          deltaBytes: try history.deltaBytes(at: entry.commit))),
      as: global)
    try requireEnough(of: measured)
  }

  private func requireEnough(of report: MeasuresReport) throws {
    var shortfalls = require.compactMap { $0.shortfall(in: report) }
    if let perplexityRise, let perplexity = report.perplexity,
      perplexity.ratio - 1 > perplexityRise || perplexity.ratio.isNaN
    {
      let (found, most) = Quantity.percents(perplexity.ratio - 1, perplexityRise)
      shortfalls.append(
        "perplexity is \(found) above the unedited model's, and \(most) is the most")
    }
    guard shortfalls.isEmpty else {
      throw CommandError.checkFailed(
        shortfalls.joined(separator: "; "),
        hint: "'rledit bisect find' tells which commit did it, 'rledit revert' takes it back")
    }
  }

  private func measuredRecords(_ history: HistoryEdits) throws -> MeasuredRecords {
    var selection = options.selection
    selection.limit = limit
    return try MeasuredRecords(
      facts: facts, or: history, selection, warn: { global.terminal.warn($0) })
  }

  /// The commits of a range, or one.
  private func commits(in text: String, _ view: LedgerView) throws -> Set<CommitID> {
    guard let range = try view.resolveRange(text) else { return [try view.resolve(text)] }
    return Set(try view.log(from: [range.included], excluding: [range.excluded]).map(\.id))
  }
}

extension EvaluationReport.Cost {
  init(seconds: Double, records: Int, active: [HistoryEdits.Batch], deltaBytes: Int) {
    let edits = active.reduce(0) { $0 + $1.records.count }
    var sums: [String: (sum: Double, edits: Int)] = [:]
    for batch in active {
      for metric in batch.metrics {
        let known = sums[metric.name] ?? (0, 0)
        sums[metric.name] = (
          known.sum + metric.value * Double(batch.records.count), known.edits + batch.records.count
        )
      }
    }
    self.init(
      seconds: seconds, secondsPerRecord: seconds / Double(max(1, records)),
      peakMemoryBytes: PeakMemory.bytes, activeEdits: edits, activeCommits: active.count,
      deltaBytes: deltaBytes,
      deltaBytesPerEdit: edits == 0 ? nil : Double(deltaBytes) / Double(edits),
      editingSecondsPerEdit: active.secondsPerEdit, editingMemoryBytes: active.editingMemoryBytes,
      commitMetrics: sums.mapValues { $0.sum / Double(max(1, $0.edits)) })
  }
}
