import ArgumentParser
import Editing
import LanguageModel
import ObjectModel
import Tensors

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

  // Half of its range begins with a minus sign.
  @Option(
    parsing: .unconditional,
    help: .init("The ridge's natural logarithm λ.", valueName: "number"))
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
