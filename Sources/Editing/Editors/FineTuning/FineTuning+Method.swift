import LanguageModel
import Tensors

extension FineTuning {
  /// Fine-tuning as the catalogue lists it.
  package static let description: EditingMethod = EditingMethod(
    name: "fine-tuning",
    summary: "gradient steps on chosen matrices, the change kept low-rank",
    engineVersion: engineVersion, settings: settings(rate: "0.0003"),
    standardPlaces: standardPlaces,
    makeEditor: { recipe, _, base in
      try FineTuning(recipe, of: description, for: base.shape)
    })

  /// Constrained fine-tuning as the catalogue lists it.
  package static let constrainedDescription: EditingMethod = EditingMethod(
    name: "fine-tuning-constrained",
    summary: "the same with every weight kept near where it was (FT-L, Zhu et al. 2020)",
    engineVersion: engineVersion,
    settings: settings(rate: "0.0003") + [
      MethodSetting(
        "radius", .single(.above(0)), standard: "0.001",
        "the furthest that a weight may move in a batch")
    ],
    standardPlaces: standardPlaces,
    makeEditor: { recipe, _, base in
      try FineTuning(recipe, of: constrainedDescription, for: base.shape)
    })

  private static func settings(rate: String) -> [MethodSetting] {
    [
      MethodSetting(
        "optimizer", .choice(Optimizer.allCases.map(\.rawValue)), standard: "adam",
        "how steps are made from gradients"),
      MethodSetting("learning-rate", .number(.above(0)), standard: rate, "the step size"),
      MethodSetting("steps", .count(1...1000), standard: "25", "steps on one batch at most"),
      MethodSetting(
        "target-loss", .number(.atLeast(0)), standard: "0.1",
        "stop once all targets are first choice and their mean loss is this low"),
      MethodSetting(
        "rank", .count(1...4096), standard: "64",
        "the rank that a dense change is approximated at"),
      .factorType(standard: .bfloat16),
    ]
  }

  /// The down projections of a fifteenth of the layers, at three fifths of the way up.
  private static let standardPlaces: @Sendable (DecoderShape) -> [ProjectionPlace] = { shape in
    let first = shape.layers * 3 / 5
    let count = max(1, shape.layers / 15)
    return (first..<min(shape.layers, first + count)).map {
      ProjectionPlace(layer: $0, projection: .down)
    }
  }
}
