import LanguageModel
import Tensors

extension RLEdit {
  /// The method as the catalogue lists it.
  package static let description = EditingMethod(
    name: method,
    summary: "gradients through an untrained hypernetwork and a ridge solve (Li et al. 2025)",
    engineVersion: engineVersion, hypernetwork: .untrained,
    settings: [
      MethodSetting("step-size", .single(.above(0)), standard: "0.001", "the step size η"),
      MethodSetting(
        "log-ridge", .single(.within(-80...80)), standard: "0.0",
        "the ridge's natural logarithm λ"),
      MethodSetting(
        "inner-steps", .count(1...1000), standard: "12", "steps on one batch at most"),
      MethodSetting(
        "target-loss", .number(.atLeast(0)), standard: "0.1",
        "stop once all targets are first choice and their mean loss is this low"),
      MethodSetting(
        "preserve-weight", .number(.atLeast(0)), standard: "3.0",
        "the weight of preserved prompts"),
      .factorType(standard: .bfloat16),
    ],
    standardPlaces: { RLEditParameters.standard(for: $0).places },
    makeEditor: { recipe, materials, base in
      try RLEdit(
        parameters: RLEditParameters(recipe: recipe), preserving: materials.preservedPrompts,
        base: base)
    })
}
