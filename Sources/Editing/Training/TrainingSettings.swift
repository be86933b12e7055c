package import ObjectModel

/// How a hypernetwork is trained.
package struct TrainingSettings: Sendable, Equatable {
  /// Edits in a batch, one step of a trajectory.
  package var batchSize = 20
  /// Batches of a trajectory, which begins at the unedited weights. MALMEN and MEND take 1.
  package var trajectoryLength = 20
  /// Steps whose gradients are summed before an update; the last of a trajectory ends a segment too.
  package var segmentLength = 5
  package var objective = LookBackObjective(
    lookBack: 10, decay: 0.95, localityWeight: 0.6, regularization: 0)
  package var reference = LocalityReference.previous
  /// Adam's, of the blocks.
  package var learningRate = 1e-4
  /// Adam's, of step sizes and ridges.
  package var stepSizeLearningRate = 1e-4
  /// The gradient's norm at most, clipped once an update.
  package var clipNorm = 1.0
  /// Passes over all records at most.
  package var epochs = 10
  /// Updates between validations.
  package var validationInterval = 20
  /// Validations without improvement after which training stops.
  package var patience = 5
  /// Blocks of the hypernetworks.
  package var blocks = 2
  package var blockRank = 256
  package var seed: UInt64 = 0

  package init() {}

  /// As recipes record them.
  package var recorded: [Recipe.Parameter] {
    let values: [(String, String)] = [
      ("training-batch", "\(batchSize)"), ("trajectory", "\(trajectoryLength)"),
      ("segment", "\(segmentLength)"), ("look-back", "\(objective.lookBack)"),
      ("decay", "\(objective.decay)"), ("locality-weight", "\(objective.localityWeight)"),
      ("regularisation", "\(objective.regularization)"),
      ("locality-reference", reference.rawValue), ("learning-rate", "\(learningRate)"),
      ("step-size-learning-rate", "\(stepSizeLearningRate)"), ("clip-norm", "\(clipNorm)"),
      ("epochs", "\(epochs)"), ("validation-interval", "\(validationInterval)"),
      ("patience", "\(patience)"), ("blocks", "\(blocks)"), ("block-rank", "\(blockRank)"),
    ]
    return values.map { Recipe.Parameter(name: $0.0, value: $0.1) }
  }

  /// The learning rate of a parameter, from its name in a ``HypernetworkSet``.
  func rate(of name: String) -> Double {
    name.hasSuffix(".step-sizes") || name.hasSuffix(".log-ridges")
      ? stepSizeLearningRate : learningRate
  }
}
