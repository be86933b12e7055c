package import LanguageModel
package import ModelStore
package import ObjectModel
internal import Tensors

/// RLEdit (Li et al. 2025): reinforced lifelong editing with a hypernetwork.
///
/// A batch is edited in inner steps. Each takes the signals of the targets' mean cross-entropy at the
/// weights reached so far, turns them into low-rank factors (``RLEditRule``), quantises the factors
/// to their stored form and applies those. The batch's delta is the steps' factors side by side: by
/// the delta arithmetic that is the same as applying them one after the other.
package struct RLEdit: Editor {
  package static let method = "rledit"
  /// Raised whenever a change of the code can change a bit of what it makes.
  package static let engineVersion = 1
  /// Target tokens of one batch at most.
  package static let rowLimit = 1024

  package let parameters: RLEditParameters
  private let preserved: [ProjectionPlace: PreservedKeys]
  private let compute: Compute

  /// - Parameters:
  ///   - prompts: in tokens; the keys of their last tokens are preserved. Empty prompts are passed
  ///     over.
  ///   - base: the model as it was imported, off which preserved keys are read.
  /// - Throws: ``EditingError/unknownModule(_:)``, ``EditingError/badParameter(name:value:)``,
  ///   ``EditingError/singularSystem(module:)`` and the errors of the model.
  package init(
    parameters: RLEditParameters, preserving prompts: [[Int]] = [], base: Decoder
  ) throws {
    try parameters.check(for: base.shape)
    self.parameters = parameters
    compute = base.compute
    preserved = try Self.preservedKeys(of: prompts, parameters: parameters, base: base)
  }

  package var recipe: Recipe { Self.recipe(parameters) }

  /// What is recorded of given hyperparameters.
  package static func recipe(_ parameters: RLEditParameters) -> Recipe {
    Recipe(
      method: method, engineVersion: engineVersion, seed: 0, hypernetwork: .identity,
      parameters: parameters.recorded, targetModules: parameters.places.map(\.weightName))
  }

  package func edit(
    _ batch: [TokenizedEdit], decoder: Decoder, weights: EditedWeights, state: EditingState
  ) throws -> EditOutcome {
    guard !batch.isEmpty else { throw EditingError.emptyBatch }
    let labelled = LabelledBatch(answers: batch.map { ($0.prompt, $0.target) })
    // The solve grows with the cube of the rows, and the delta's rank with their number.
    guard labelled.rows.count <= Self.rowLimit else {
      throw EditingError.batchTooLarge(targetTokens: labelled.rows.count, limit: Self.rowLimit)
    }
    let lowest = parameters.places.map(\.layer).min() ?? 0
    // No step changes a layer below the lowest edited one, so its input is computed once.
    let input = try decoder.over(weights).residualStream(labelled.batch, reaching: lowest)
    var steps = StepFactors()
    var updates: [LowRankUpdate] = []
    var current = weights
    var statistics = state.statistics
    var contribution = EditContribution()
    var first: ScoredPass?
    while true {
      try Task.checkCancellation()
      let model = decoder.over(current)
      let scored = try model.score(labelled, recordingFrom: lowest, from: lowest, input: input)
      guard scored.meanLoss.isFinite else { throw EditingError.diverged(steps: steps.count) }
      let isLast = steps.count == parameters.innerSteps || isDone(scored)
      // The last pass is only scored, unless it is the first, whose statistics are wanted.
      if let before = first, isLast {
        return outcome(updates, current, contribution, before, scored, steps: steps.count)
      }
      let signals = try model.signals(of: scored, at: parameters.places)
      if first == nil {
        first = scored
        contribution = EditContribution(statistics: observed(signals))
        statistics.merge(contribution.statistics)
        if isLast { return outcome(updates, current, contribution, scored, scored, steps: 0) }
      }
      let rule = RLEditRule(
        networks: networks(for: signals), places: parameters.places, preserved: preserved,
        compute: compute)
      steps.append(try rule.factors(from: signals, statistics: statistics))
      updates = try steps.updates(of: parameters.places, as: parameters.factorType)
      current = try weights.applying(updates)
    }
  }

  private func outcome(
    _ updates: [LowRankUpdate], _ weights: EditedWeights, _ contribution: EditContribution,
    _ before: ScoredPass, _ after: ScoredPass, steps: Int
  ) -> EditOutcome {
    EditOutcome(
      updates: updates, weights: weights, contribution: contribution, lossBefore: before.meanLoss,
      lossAfter: after.meanLoss, efficacyBefore: before.efficacy, efficacyAfter: after.efficacy,
      steps: steps)
  }

  private static func preservedKeys(
    of prompts: [[Int]], parameters: RLEditParameters, base: Decoder
  ) throws -> [ProjectionPlace: PreservedKeys] {
    let prompts = prompts.filter { !$0.isEmpty }
    guard !prompts.isEmpty, parameters.preserveWeight > 0 else { return [:] }
    let keys = try base.lastKeys(of: prompts, at: parameters.places)
    let ridge = PortableMath.exponential(Double(parameters.logRidge))
    // Matrices that read one input share their keys, and so what is preserved of them.
    var last: (keys: Matrix, solved: PreservedKeys)?
    var preserved: [ProjectionPlace: PreservedKeys] = [:]
    for place in parameters.places {
      guard let matrix = keys[place] else { continue }
      if let last, last.keys == matrix {
        preserved[place] = last.solved
        continue
      }
      guard
        let solved = PreservedKeys(
          matrix, weight: parameters.preserveWeight, ridge: ridge, compute: base.compute)
      else { throw EditingError.singularSystem(module: place.weightName) }
      preserved[place] = solved
      last = (matrix, solved)
    }
    return preserved
  }

  private func isDone(_ scored: ScoredPass) -> Bool {
    scored.predicted.allSatisfy(\.self) && scored.meanLoss <= parameters.targetLoss
  }

  private func observed(
    _ signals: [ProjectionPlace: ProjectionSignals]
  ) -> RunningStatistics {
    var statistics = RunningStatistics()
    for place in parameters.places {
      guard let signal = signals[place] else { continue }
      statistics.observe(keys: signal.keys, outputGradients: signal.outputGradients)
    }
    return statistics
  }

  /// Identity hypernetworks for the shapes in hand.
  private func networks(
    for signals: [ProjectionPlace: ProjectionSignals]
  ) -> [WeightShape: Hypernetwork] {
    var networks: [WeightShape: Hypernetwork] = [:]
    for signal in signals.values {
      let shape = WeightShape(
        input: signal.keys.columns, output: signal.outputGradients.columns)
      networks[shape] = .identity(
        shape: shape, modules: parameters.places.count, stepSize: parameters.stepSize,
        logRidge: parameters.logRidge)
    }
    return networks
  }
}
