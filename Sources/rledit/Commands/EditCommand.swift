import ArgumentParser
import Editing
import LanguageModel
import Ledger
import ObjectModel
import Tensors

/// `rledit edit`
struct EditCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Edit facts into the model: one commit for each batch.",
    discussion: """
      FACTS is a file of edit records: JSON lines or a JSON array of {"prompt", "subject", \
      "target", "rephrase": […], "locality": [{"prompt", "target"}…]}, or CounterFact's flat form. \
      Each commit records its edits, the recipe that made its delta, and the loss and efficacy \
      before and after. An interrupted run keeps the commits that it has made.
      """)

  @Argument(help: "The edit records.", completion: .file())
  var facts: String

  @OptionGroup(title: "Method")
  var method: MethodOptions

  @Option(help: .init("Edits in one batch, and so in one commit.", valueName: "count"))
  var batch = 5

  @Option(help: .init("Edit only the first records.", valueName: "count"))
  var limit: Int?

  @Option(
    help: .init(
      "Records whose prompts should stay as they are, except those being edited.",
      valueName: "facts"),
    completion: .file())
  var preserve: String?

  @Option(name: [.short, .long], help: .init("The commits' message.", valueName: "text"))
  var message: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    guard (1...10_000).contains(batch) else {
      throw ValidationError("--batch must lie between 1 and 10000")
    }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
  }

  func run() throws {
    let terminal = global.terminal
    let repository = try Repository.open(global)
    let file = try FactsFile.load(path: facts, limit: limit)
    let records = file.records
    warn(of: FactsConflicts(in: file.entries), on: terminal)
    let kept = try preserve.map { try FactsFile.load(path: $0, limit: nil).records } ?? []
    let head = try repository.resolve(nil, in: repository.ledger.view())
    let session = try ModelSession(head.commit.model, in: repository)
    let recipe = try method.recipe(for: session.base.shape)
    let bar = ProgressBar("editing", unit: .items("edits"), on: terminal)
    defer { bar.finish() }
    bar.update(0, of: records.count, detail: "reading the preserved prompts")
    let prompts = PreservedPrompts(of: kept, without: records)
    let editor = try EditorCatalogue.editor(
      for: recipe, materials: .init(preservedPrompts: prompts.prompts.map(session.encode)),
      base: session.base)
    var attachments: [String: AttachmentID] = [:]
    attachments[EditingHistory.preservedName] = try prompts.store(in: repository.store)

    var report = EditReport(edits: records.count, preservedPrompts: prompts.prompts.count)
    let run = EditRun(
      repository: repository, session: session, editor: editor, attachments: attachments)
    try run.edit(records, batchSize: batch) { number, count, batch in
      title(number, of: count, batch)
    } progress: { done, step in
      let detail = step.map { "loss \(Quantity.fixed($0.outcome.lossAfter, 3))" } ?? ""
      bar.update(done, of: records.count, detail: detail)
      guard let step else { return }
      report.commits.append(EditReport.CommitLine(step))
    }
    bar.finish()
    try terminal.show(report, as: global)
  }

  private func title(_ number: Int, of count: Int, _ batch: ArraySlice<EditRecord>) -> String {
    let subjects = batch.prefix(3).map(\.subject).joined(separator: ", ")
    let all = batch.count > 3 ? "\(subjects) and \(batch.count - 3) more" : subjects
    guard let message else { return "Edit \(all)" }
    return count == 1 ? message : "\(message) (\(number) of \(count): \(all))"
  }

  private func warn(of conflicts: FactsConflicts, on terminal: Terminal) {
    for repetition in conflicts.conflicts {
      terminal.warn(
        "\(Wording.quoted(repetition.later.record.prompt)) is edited twice with different targets; "
          + "the later one holds")
    }
    for repetition in conflicts.duplicates {
      terminal.warn("\(Wording.quoted(repetition.later.record.prompt)) is edited twice")
    }
  }
}

/// Which method edits, and its settings.
struct MethodOptions: ParsableArguments {
  @Option(
    help: .init(
      "How to edit: \(EditorCatalogue.methods.joined(separator: ", ")).", valueName: "name"))
  var method = RLEdit.method

  @Option(
    help: .init("The hypernetwork; 'none' is the untrained one.", valueName: "id|none"))
  var hypernet = "none"

  @Option(
    help: .init("The layers to edit, such as 24-27 or 5; by default chosen by depth."))
  var layers: LayerRange?

  @Option(
    help: .init(
      "The matrices of those layers, of query, key, value, output, gate, up, down.",
      valueName: "names"))
  var modules: ModuleList?

  @Option(help: .init("The step size η.", valueName: "number"))
  var stepSize: Float?

  @Option(help: .init("The ridge's natural logarithm λ.", valueName: "number"))
  var logRidge: Float?

  @Option(help: .init("Steps on one batch at most.", valueName: "count"))
  var innerSteps: Int?

  @Option(
    help: .init(
      "Stop stepping once all targets are first choice and their mean loss is this low.",
      valueName: "number"))
  var targetLoss: Double?

  @Option(help: .init("The weight of preserved prompts.", valueName: "number"))
  var preserveWeight: Double?

  @Option(help: .init("How factors are stored: f32, bf16 or f16.", valueName: "type"))
  var factorType: FactorType?

  /// The recipe that the options ask for.
  ///
  /// - Throws: `EditingError`, ``CommandError``.
  func recipe(for shape: DecoderShape) throws -> Recipe {
    guard hypernet == "none" else {
      throw CommandError.usage(
        "there is no hypernetwork \(Wording.quoted(hypernet))",
        hint: "only the untrained one, 'none', can edit so far")
    }
    var parameters = try RLEditParameters(
      recipe: EditorCatalogue.standardRecipe(method: method, for: shape))
    if layers != nil || modules != nil {
      let all = Set(parameters.places.map(\.layer))
      let chosen = layers.map { Array($0.first...$0.last) } ?? all.sorted()
      let projections = modules?.projections ?? [.gate, .up]
      parameters.places = chosen.flatMap { layer in
        projections.map { ProjectionPlace(layer: layer, projection: $0) }
      }
    }
    if let stepSize { parameters.stepSize = stepSize }
    if let logRidge { parameters.logRidge = logRidge }
    if let innerSteps { parameters.innerSteps = innerSteps }
    if let targetLoss { parameters.targetLoss = targetLoss }
    if let preserveWeight { parameters.preserveWeight = preserveWeight }
    if let factorType { parameters.factorType = factorType.elementType }
    return RLEdit.recipe(parameters)
  }
}

/// `24-27`, or one layer.
struct LayerRange: ExpressibleByArgument {
  let first: Int
  let last: Int

  init?(argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard let first = parts.first.flatMap(\.self), let last = parts.last.flatMap(\.self),
      parts.count <= 2, 0 <= first, first <= last, last < 100_000
    else { return nil }
    self.first = first
    self.last = last
  }

  static var defaultCompletionKind: CompletionKind { .list([]) }
}

/// `gate,up`
struct ModuleList: ExpressibleByArgument {
  let projections: [Projection]

  private static let names: [(String, Projection)] = [
    ("query", .query), ("key", .key), ("value", .value), ("output", .attentionOutput),
    ("gate", .gate), ("up", .up), ("down", .down),
  ]

  init?(argument: String) {
    var projections: [Projection] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let known = Self.names.first(where: { $0.0 == part }) else { return nil }
      projections.append(known.1)
    }
    self.projections = projections
  }
}

/// How factors are stored.
enum FactorType: String, ExpressibleByArgument, CaseIterable {
  case f32
  case bf16
  case f16

  var elementType: ElementType {
    switch self {
    case .f32: .float32
    case .bf16: .bfloat16
    case .f16: .float16
    }
  }
}
