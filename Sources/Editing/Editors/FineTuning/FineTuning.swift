package import LanguageModel
package import ModelStore
package import ObjectModel
import Tensors

/// Fine-tuning of chosen matrices on the targets' cross-entropy, the peer that every editor is
/// measured against; constrained, it is FT-L (Zhu et al. 2020): every weight stays within a radius of
/// where the batch found it.
///
/// A step takes the gradient `dW = Σ gᵢkᵢᵀ` over *all* rows of the sequences and moves the weights by
/// Adam or by the plain gradient. What is stored is low-rank:
///
/// - Plain gradient, unconstrained: the change of a step *is* factored, `U = −η·Gᵀ` and `V = K`. The
///   steps' factors lie side by side, exact but for quantisation, and each step's gradient is taken at
///   the weights that the quantised factors give.
/// - Otherwise the change is dense. After the last step it is approximated at the stated rank
///   (``LowRankApproximation``), quantised, and that is applied: losses are reported of it.
package struct FineTuning: Editor {
  package static let engineVersion = 1

  package enum Optimizer: String, Sendable, CaseIterable {
    case adam
    case gradient
  }

  private let method: EditingMethod
  package let recipe: Recipe
  private let places: [ProjectionPlace]
  private let optimizer: Optimizer
  private let rate: Double
  private let steps: Int
  private let targetLoss: Double
  private let rank: Int
  /// The furthest that a weight may move in a batch; `nil` where it may move freely.
  private let radius: Float?
  private let factorType: ElementType

  /// - Throws: as ``MethodValues/init(_:of:for:)``.
  init(_ recipe: Recipe, of method: EditingMethod, for shape: DecoderShape) throws {
    let values = try MethodValues(recipe, of: method, for: shape)
    self.method = method
    self.recipe = recipe
    places = values.places
    optimizer = Optimizer(rawValue: try values.text("optimizer")) ?? .adam
    rate = try values.number("learning-rate")
    steps = try values.count("steps")
    targetLoss = try values.number("target-loss")
    rank = try values.count("rank")
    radius =
      method.settings.contains { $0.name == "radius" } ? try values.single("radius") : nil
    factorType = try values.elementType("factor-type")
  }

  package var reads: EditingStateParts { [] }

  package func edit(
    _ batch: [TokenizedEdit], decoder: Decoder, weights: EditedWeights, state: EditingState
  ) throws -> EditOutcome {
    let batch = try EditBatch(batch)
    let run = FineTuningRun(
      places: places, labelled: batch.labelled,
      input: try decoder.over(weights).residualStream(
        batch.labelled.batch, reaching: places),
      decoder: decoder, weights: weights, steps: steps, targetLoss: targetLoss)
    let before = try run.score(weights, steps: 0)
    let made =
      if optimizer == .gradient, radius == nil {
        try run.factored(from: before, rate: Float(rate), factorType: factorType)
      } else {
        try run.dense(
          from: before, optimizer: optimizer, rate: rate, rank: rank, radius: radius,
          factorType: factorType)
      }
    let edited = try weights.applying(made.updates)
    let after = try run.score(edited, steps: made.steps)
    return EditOutcome(
      updates: made.updates, weights: edited, contribution: EditContribution(),
      lossBefore: before.meanLoss, lossAfter: after.meanLoss, efficacyBefore: before.efficacy,
      efficacyAfter: after.efficacy, steps: made.steps)
  }
}
