package import LanguageModel
package import ObjectModel
import Tensors

extension RLEdit {
  /// RLEdit as the catalogue lists it.
  package static let description = kin(
    method,
    "gradients through a hypernetwork trained over edit sequences, and least squares (Li et al. 2025)",
    hypernetwork: .optional)

  /// RLEdit for hundreds of edits as the catalogue lists it: signals at subjects, steps that seek their
  /// targets, solved against the keys of earlier edits and of general text. What the settings stand at was
  /// chosen on SmolLM2-135M with 1,000 facts that no figure is reported on.
  package static let recursiveDescription = kin(
    "rledit-recursive",
    "RLEdit for hundreds of edits: steps at subjects, solved against earlier edits' and general keys",
    hypernetwork: .optional, needsCovariance: true, standards: recursiveStandards,
    standardPlaces: { downPlaces($0, thirtieths: 4..<20) })

  /// The same for thousands of edits, with more room for them and less of it taken by each: more layers, one
  /// context, steps that are shorter and end earlier, and that go where outputs matter less to all else. Earlier
  /// keys are held less firmly: where they outnumber the numbers of a key, holding all of them costs general text
  /// more than rehearsing those facts that are lost (``Rehearsal``). Other wordings of a fact take less of it
  /// over. Chosen on other facts that no figure is reported on.
  package static let lifelongDescription = kin(
    "rledit-lifelong",
    "rledit-recursive for thousands of edits: gentler steps, spread over more layers",
    hypernetwork: .optional, needsCovariance: true,
    standards: recursiveStandards.merging([
      "contexts": #"["{} is"]"#, "step-trust": "0.5", "inner-steps": "7", "target-loss": "0.3",
      "memory-weight": "10.0",
      RLEditParameters.curvatureDampingName: "1.0",
    ]) { $1 },
    standardPlaces: { downPlaces($0, thirtieths: 2..<26) })

  private static let recursiveStandards = [
    "rule": "leverage", "rows": "subject", "contexts": #"["{} is","{} was"]"#,
    "step-fraction": "1.4", "step-trust": "0.8", "inner-steps": "10", "target-loss": "0.15",
    "memory-weight": "100.0", "covariance-weight": "18000.0", "covariance-ridge": "0.002",
    "rank": "40",
  ]

  /// UltraEdit as the catalogue lists it: RLEdit's rule with running normalisation alone.
  package static let ultraEditDescription = kin(
    "ultraedit", "RLEdit's rule on normalised signals, without a hypernetwork (Gu et al. 2025)",
    hypernetwork: .none,
    standards: [
      "rule": "least-squares-of-normalised-keys", "step-size": "1e-06", "inner-steps": "1",
    ])

  /// MALMEN as the catalogue lists it.
  package static let malmenDescription = kin(
    "malmen",
    "gradients through a hypernetwork trained on single batches, and least squares (Tan et al. 2024)",
    hypernetwork: .required, trainsOnSingleBatches: true, standards: ["inner-steps": "1"])

  /// MEND as the catalogue lists it.
  package static let mendDescription = kin(
    "mend",
    "outer products of signals that a hypernetwork has changed (Mitchell et al. 2022)",
    hypernetwork: .required, trainsOnSingleBatches: true,
    standards: ["rule": "outer-product", "inner-steps": "1"])

  /// A method that this editor makes.
  private static func kin(
    _ name: String, _ summary: String, hypernetwork: EditingMethod.HypernetworkUse,
    trainsOnSingleBatches: Bool = false, needsCovariance: Bool = false,
    standards: [String: String] = [:],
    standardPlaces: @escaping @Sendable (DecoderShape) -> [ProjectionPlace] = standardPlaces
  ) -> EditingMethod {
    EditingMethod(
      name: name, summary: summary, engineVersion: engineVersion, hypernetwork: hypernetwork,
      trainsOnSingleBatches: trainsOnSingleBatches, needsCovariance: needsCovariance,
      settings: settings.map { setting in
        MethodSetting(
          setting.name, setting.kind, standard: standards[setting.name] ?? setting.standard,
          unlisted: setting.unlisted, setting.summary)
      },
      standardPlaces: standardPlaces,
      makeEditor: { recipe, materials, base in
        try RLEdit(recipe, materials: materials, base: base)
      })
  }

  /// The editor of a recipe of one of the kin.
  private init(
    _ recipe: Recipe, materials: EditorCatalogue.Materials, base: Decoder
  ) throws {
    let method = try EditorCatalogue.method(named: recipe.method)
    try self.init(
      parameters: RLEditParameters(MethodValues(recipe, of: method, for: base.shape)),
      recipe: recipe, trained: materials.trained, preserving: materials.preservedPrompts,
      covariance: materials.covariance, base: base)
  }

  /// What is recorded of plain RLEdit with given parameters.
  package static func recipe(_ parameters: RLEditParameters) -> Recipe {
    Recipe(
      method: method, engineVersion: engineVersion, seed: 0, hypernetwork: .identity,
      parameters: parameters.recorded, targetModules: parameters.places.map(\.weightName))
  }

  /// What serves a model that nothing is known of, chosen on SmolLM2-135M with facts that no figure is
  /// reported on: gate and up projections of a seventh of the layers, four fifths of the way up.
  package static func standardPlaces(for shape: DecoderShape) -> [ProjectionPlace] {
    let first = shape.layers * 4 / 5
    let count = max(1, shape.layers * 2 / 15)
    return (first..<min(shape.layers, first + count)).flatMap { layer in
      [.gate, .up].map { ProjectionPlace(layer: layer, projection: $0) }
    }
  }

  /// The down projections of a span of layers, in thirtieths of the way up: where what is known of subjects
  /// is looked up (Meng et al. 2022), and further where there is more to hold.
  private static func downPlaces(
    _ shape: DecoderShape, thirtieths span: Range<Int>
  ) -> [ProjectionPlace] {
    let first = shape.layers * span.lowerBound / 30
    let end = max(first + 1, shape.layers * span.upperBound / 30)
    return (first..<end).map { ProjectionPlace(layer: $0, projection: .down) }
  }

  private static let settings = [
    MethodSetting(
      "rule", .choice(UpdateForm.names.map(\.name)), standard: "least-squares",
      "how signals become updates"),
    MethodSetting(
      "rows", .choice(EditedRows.allCases.map(\.rawValue)), standard: "answer",
      "where signals are taken: where the answer is predicted, or at the subject's last token"),
    MethodSetting(
      "contexts", .text, standard: "[]",
      "a JSON list of texts about the subject, {}, in which targets are edited too"),
    MethodSetting("step-size", .single(.above(0)), standard: "0.001", "the step size η"),
    MethodSetting(
      "log-ridge", .single(.within(-80...80)), standard: "0.0", "the ridge's natural logarithm λ"),
    MethodSetting(
      "step-fraction", .number(.atLeast(0)), standard: "0.0",
      "the share of its loss that a step should take off a record; 0 steps by η"),
    MethodSetting(
      "step-trust", .number(.atLeast(0)), standard: "0.0",
      "how many medians of the first step's lengths a record's step may reach; 0 is no bound"),
    MethodSetting(
      "inner-steps", .count(1...1000), standard: "12", "steps on one batch at most"),
    MethodSetting(
      "target-loss", .number(.atLeast(0)), standard: "0.1",
      "stop once all targets are first choice and their loss is this low"),
    MethodSetting(
      "preserve-weight", .number(.atLeast(0)), standard: "3.0", "the weight of preserved prompts"),
    MethodSetting(
      "memory-weight", .number(.atLeast(0)), standard: "0.0",
      "the weight of earlier edits' keys; 0 keeps none"),
    MethodSetting(
      "covariance-weight", .number(.atLeast(0)), standard: "0.0",
      "the weight of general keys' mean second moments"),
    MethodSetting(
      "covariance-ridge", .number(.above(0)), standard: "0.1",
      "the ridge beside them, in units of their mean diagonal element"),
    MethodSetting(
      RLEditParameters.curvatureDampingName, .number(.atLeast(0)), standard: "0.0", unlisted: "0.0",
      "the damping of the curvature at outputs, in units of its mean; the less, the more it counts, but 0 leaves it out"
    ),
    MethodSetting(
      "rank", .count(0...4096), standard: "0",
      "the rank that a matrix's update is brought down to where it is above; 0 leaves it"),
    .factorType(standard: .bfloat16),
  ]
}

extension RLEditParameters {
  /// The parameters as a recipe's names and texts, in the order of the settings.
  package var recorded: [Recipe.Parameter] {
    let (fraction, trust): (Double, Double) =
      switch stepLength {
      case .learned: (0, 0)
      case .targetSeeking(let fraction, let trust): (fraction, trust)
      }
    let values: [(String, String)] = [
      ("rule", UpdateForm.names.first { $0.form == form }?.name ?? ""),
      ("rows", rows.rawValue), ("contexts", contextsText), ("step-size", "\(stepSize)"),
      ("log-ridge", "\(logRidge)"), ("step-fraction", "\(fraction)"),
      ("step-trust", "\(trust)"),
      ("inner-steps", "\(innerSteps)"), ("target-loss", "\(targetLoss)"),
      ("preserve-weight", "\(preserveWeight)"), ("memory-weight", "\(memoryWeight)"),
      ("covariance-weight", "\(covarianceWeight)"), ("covariance-ridge", "\(covarianceRidge)"),
      (Self.curvatureDampingName, "\(curvatureDamping)"), ("rank", "\(rank)"),
      ("factor-type", factorType.rawValue),
    ]
    return values.map { Recipe.Parameter(name: $0.0, value: $0.1) }
  }
}
