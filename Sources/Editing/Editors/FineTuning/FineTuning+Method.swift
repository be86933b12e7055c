import LanguageModel
import Tensors

extension FineTuning {
  /// Fine-tuning as the catalogue lists it.
  package static let description: EditingMethod = EditingMethod(
    name: "fine-tuning",
    summary: "gradient steps on chosen matrices, the change kept low-rank",
    engineVersion: engineVersion, settings: settings,
    standardPlaces: { down(of: $0, from: $0.layers * 3 / 5, count: $0.layers / 15) },
    makeEditor: { recipe, _, base in
      try FineTuning(recipe, of: description, for: base.shape)
    })

  /// Constrained fine-tuning as the catalogue lists it.
  package static let constrainedDescription: EditingMethod = EditingMethod(
    name: "fine-tuning-constrained",
    summary: "the same with every weight kept near where it was (FT-L, Zhu et al. 2020)",
    engineVersion: engineVersion,
    settings: settings + [
      MethodSetting(
        "radius", .single(.above(0)), standard: "0.005",
        "the furthest that a weight may move in a batch")
    ],
    standardPlaces: { down(of: $0, from: $0.layers * 8 / 15, count: $0.layers / 5) },
    makeEditor: { recipe, _, base in
      try FineTuning(recipe, of: constrainedDescription, for: base.shape)
    })

  private static let settings = [
    MethodSetting(
      "optimizer", .choice(Optimizer.allCases.map(\.rawValue)), standard: "adam",
      "how steps are made from gradients"),
    MethodSetting("learning-rate", .number(.above(0)), standard: "0.001", "the step size"),
    MethodSetting("steps", .count(1...1000), standard: "25", "steps on one batch at most"),
    MethodSetting(
      "target-loss", .number(.atLeast(0)), standard: "0.1",
      "stop once all targets are first choice and their mean loss is this low"),
    MethodSetting(
      "rank", .count(1...4096), standard: "64",
      "the rank that Adam's dense change is approximated at; plain gradients' changes keep the rank they have"
    ),
    .factorType(standard: .bfloat16),
  ]

  /// Down projections around three fifths of the way up; where each may move but little, more of them.
  private static func down(
    of shape: DecoderShape, from first: Int, count: Int
  ) -> [ProjectionPlace] {
    (first..<min(shape.layers, first + max(1, count))).map {
      ProjectionPlace(layer: $0, projection: .down)
    }
  }
}
