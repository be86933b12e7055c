import ArgumentParser
import Editing
import LanguageModel
import Ledger
import ObjectModel

/// Which method edits, and its settings.
struct MethodOptions: ParsableArguments {
  @Option(
    help: .init(
      "How to edit: \(EditorCatalogue.methods.map(\.name).joined(separator: ", ")); by default "
        + "\(RLEdit.method), or as the hypernetwork was trained.",
      valueName: "name"))
  var method: String?

  @Option(
    help: .init(
      "A trained hypernetwork, by name or commit; 'none' is the untrained one.",
      valueName: "name|none"))
  var hypernet = "none"

  @Option(
    help: .init(
      "The key covariance: rledit-recursive, rledit-lifelong, memit and alphaedit need one.",
      valueName: "name"))
  var covariance: String?

  @Option(
    help: .init("The layers to edit, such as 24-27 or 5; by default chosen by depth."))
  var layers: LayerRange?

  @Option(
    help: .init(
      "The matrices of those layers, of query, key, value, output, gate, up, down.",
      valueName: "names"))
  var modules: ModuleList?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: .init(
      "A setting of the method; 'rledit help methods' lists them. May be given again.",
      valueName: "name=value"))
  var settings: [String] = []

  @Option(help: .init("The step size η.", valueName: "number"))
  var stepSize: String?

  // Half of its range begins with a minus sign.
  @Option(
    parsing: .unconditional,
    help: .init("The ridge's natural logarithm λ.", valueName: "number"))
  var logRidge: String?

  @Option(help: .init("Steps on one batch at most.", valueName: "count"))
  var innerSteps: String?

  @Option(
    help: .init(
      "Stop stepping once all targets are first choice and their mean loss is this low.",
      valueName: "number"))
  var targetLoss: String?

  @Option(help: .init("The weight of preserved prompts.", valueName: "number"))
  var preserveWeight: String?

  @Option(help: .init("How factors are stored: f32, bf16 or f16.", valueName: "type"))
  var factorType: String?

  func validate() throws {
    for setting in settings where !setting.dropFirst().contains("=") {
      throw ValidationError("--set takes NAME=VALUE, and not '\(setting)'")
    }
  }

  var methodName: String { method ?? RLEdit.method }

  /// The recipe that the options ask for. With a trained hypernetwork, what they leave open is as it
  /// was in training.
  ///
  /// - Throws: `EditingError`; ``CommandError/usage(_:hint:)`` where they ask for what the hypernetwork was not
  ///   trained for.
  func recipe(for shape: DecoderShape, trained: Material? = nil) throws -> Recipe {
    if let recipe = trained?.commit.recipe { try requireAgreement(with: recipe) }
    let method = try EditorCatalogue.method(named: trained?.commit.recipe?.method ?? methodName)
    let inTraining = trained?.commit.recipe.map { method.values(in: $0) } ?? []
    let places =
      try trained?.commit.recipe?.targetModules.map { name in
        guard let place = ProjectionPlace(weightName: name) else {
          throw EditingError.unknownModule(name)
        }
        return place
      } ?? places(of: method, for: shape)
    return try method.recipe(
      values: inTraining + values, places: places,
      trained: trained?.attachment)
  }

  /// Refuses options that the training of a hypernetwork has settled otherwise: it has learned for its method
  /// and its matrices, and its step sizes with them.
  private func requireAgreement(with training: Recipe) throws {
    func refuse(_ option: String, _ trained: String) -> CommandError {
      .usage(
        "\(option) is not what \(Wording.quoted(hypernet)) was trained for: \(trained)",
        hint: "leave it out, or train another hypernetwork")
    }
    if let method, method != training.method { throw refuse("--method \(method)", training.method) }
    let trained = training.targetModules.compactMap { ProjectionPlace(weightName: $0) }
    if Set(ModuleList.places(layers, modules, standard: trained)) != Set(trained) {
      let names = training.targetModules.prefix(3).joined(separator: ", ")
      let rest = training.targetModules.count - 3
      throw refuse("a choice of matrices", names + (rest > 0 ? " and \(rest) more" : ""))
    }
    if values.contains(where: { $0.name == "step-size" }) {
      throw refuse("--step-size", "it has learned its own")
    }
  }

  /// The hypernetwork that the options name, which must be of the model at hand.
  ///
  /// - Throws: `LedgerError`, ``CommandError``, `ObjectStoreError`.
  func trainedHypernetwork(for commit: Commit, in view: LedgerView) throws -> Material? {
    guard hypernet != "none" else { return nil }
    return try material(hypernet, .hypernetwork, for: commit, in: view)
  }

  /// The covariance that the options name, which must be of the model at hand.
  ///
  /// - Throws: `LedgerError`, ``CommandError``, `ObjectStoreError`.
  func covarianceAttachment(for commit: Commit, in view: LedgerView) throws -> AttachmentID? {
    try covariance.map { try material($0, .covariance, for: commit, in: view).attachment }
  }

  private func material(
    _ name: String, _ kind: MaterialKind, for commit: Commit, in view: LedgerView
  ) throws -> Material {
    let material = try view.material(name, of: kind)
    guard material.commit.model == commit.model else {
      throw CommandError.usage(
        "the \(kind.rawValue) \(Wording.quoted(name)) was made on another model",
        hint: "make one on this model")
    }
    return material
  }

  /// Names and values of the settings that the command line gives, the most particular last.
  private var values: [(name: String, value: String)] {
    let named = [
      ("step-size", stepSize), ("log-ridge", logRidge), ("inner-steps", innerSteps),
      ("target-loss", targetLoss), ("preserve-weight", preserveWeight),
      ("factor-type", factorType),
    ].compactMap { name, value in value.map { (name: name, value: $0) } }
    return named
      + settings.map { setting in
        let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (name: String(parts[0]), value: String(parts[1]))
      }
  }

  private func places(of method: EditingMethod, for shape: DecoderShape) -> [ProjectionPlace] {
    let standard = method.standardPlaces(shape)
    return ModuleList.places(layers, modules, standard: standard)
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

  /// The matrices of chosen layers and kinds; what is not chosen is that of `standard`.
  static func places(
    _ layers: LayerRange?, _ modules: ModuleList?, standard: [ProjectionPlace]
  ) -> [ProjectionPlace] {
    guard layers != nil || modules != nil else { return standard }
    let chosen = layers.map { Array($0.first...$0.last) } ?? Set(standard.map(\.layer)).sorted()
    let usual = Projection.allCases.filter { projection in
      standard.contains { $0.projection == projection }
    }
    return chosen.flatMap { layer in
      (modules?.projections ?? usual).map { ProjectionPlace(layer: layer, projection: $0) }
    }
  }

  init?(argument: String) {
    var projections: [Projection] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let known = Self.names.first(where: { $0.0 == part }) else { return nil }
      projections.append(known.1)
    }
    self.projections = projections
  }
}
