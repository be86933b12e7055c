import ArgumentParser
import Editing
import LanguageModel
import Ledger
import ModelFiles
import ObjectModel
import Tensors

/// `rledit eval`
struct EvalCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure how well edits hold at a revision.",
    discussion: """
      Efficacy, generalisation and specificity are teacher-forced token accuracy: the share of an \
      answer's tokens that are the model's first choice, given the tokens before them. Locality is \
      the share of locality prompts whose first choices, all of them, are those of the unedited \
      model. Without FACTS the edits that are active at the revision are measured.
      """)

  @Argument(help: "The edit records; by default those active at the revision.", completion: .file())
  var facts: String?

  @Option(help: .init("The revision to measure.", valueName: "revision"))
  var at: String?

  @Option(help: .init("Measure only the first records.", valueName: "count"))
  var limit: Int?

  @Option(
    help: .init("Measure perplexity on this text, too, here and unedited.", valueName: "file"),
    completion: .file())
  var text: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let entry = try repository.resolve(at, in: view)
    let records =
      try facts.map { try FactsFile.load(path: $0, limit: limit).records }
      ?? activeEdits(at: entry, in: view)
    let passage = try text.map(Self.passage)
    let session = try ModelSession(entry.commit.model, in: repository)
    let decoder = try session.decoder(at: entry.commit, in: repository)
    let bar = ProgressBar("measuring", unit: .items("parts"), on: global.terminal)
    defer { bar.finish() }
    let parts = passage == nil ? 2 : 4
    bar.update(0, of: parts)
    let set = try EvaluationSet(records, encoding: session.encoding)
    let unedited = try set.localityChoices(session.base)
    bar.update(1, of: parts)
    let evaluation = try set.evaluate(decoder, unedited: unedited)
    var perplexity: EvaluationReport.Perplexity?
    if let passage {
      let tokens = session.encoding.answer(passage.text)
      guard tokens.count > 1 else { throw CommandError.notEnoughText(path: passage.path) }
      bar.update(2, of: parts)
      let base = PortableMath.exponential(try session.base.meanLoss(ofText: tokens))
      bar.update(3, of: parts)
      let here = PortableMath.exponential(try decoder.meanLoss(ofText: tokens))
      perplexity = .init(tokens: tokens.count, unedited: base, here: here)
    }
    bar.finish()
    try global.terminal.show(
      EvaluationReport(
        revision: entry.id.hex, records: records.count, evaluation: evaluation,
        perplexity: perplexity),
      as: global)
  }

  private static func passage(_ path: String) throws -> (path: String, text: String) {
    let file = try MappedFile(path: path)
    guard let text = String(validating: file.bytes, as: UTF8.self) else {
      throw CommandError.notText(path: path)
    }
    return (path, text)
  }

  /// The records of the commits whose deltas are active, in the order of application.
  private func activeEdits(
    at entry: ResolvedCommit, in view: LedgerView
  ) throws -> [EditRecord] {
    let active = Set(try view.activeDeltas(of: entry.commit))
    let records = try view.log(from: [entry.id], excluding: []).reversed()
      .filter { $0.commit.added.contains(where: active.contains) }
      .flatMap(\.commit.edits)
    guard !records.isEmpty else {
      throw CommandError.usage(
        "no edit is active at this revision", hint: "name a file of edit records to measure")
    }
    return limit.map { Array(records.prefix($0)) } ?? records
  }
}
