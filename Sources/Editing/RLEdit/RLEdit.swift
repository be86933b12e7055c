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
    let lowest = parameters.places.map(\.layer).min() ?? 0
    // No step changes a layer below the lowest edited one, so its input is computed once.
    let input = try decoder.over(weights).residualStream(labelled.batch, reaching: lowest)
    var steps = StepFactors()
    var current = weights
    var statistics = state.statistics
    var contribution = RunningStatistics()
    var first: LossSignals?
    while true {
      try Task.checkCancellation()
      let signals = try decoder.over(current).lossSignals(
        labelled, at: parameters.places, from: lowest, input: input)
      if first == nil {
        first = signals
        contribution = observed(signals)
        statistics.merge(contribution)
      }
      if steps.count == parameters.innerSteps || isDone(signals) {
        return EditOutcome(
          updates: try steps.updates(of: parameters.places, as: parameters.factorType),
          weights: current, contribution: contribution,
          lossBefore: first?.meanLoss ?? signals.meanLoss, lossAfter: signals.meanLoss,
          efficacyBefore: (first ?? signals).efficacy, efficacyAfter: signals.efficacy,
          steps: steps.count)
      }
      let rule = RLEditRule(
        networks: networks(for: signals), places: parameters.places, preserved: preserved,
        compute: compute)
      steps.append(try rule.factors(from: signals.signals, statistics: statistics))
      current = try weights.applying(
        steps.updates(of: parameters.places, as: parameters.factorType))
    }
  }

  private static func preservedKeys(
    of prompts: [[Int]], parameters: RLEditParameters, base: Decoder
  ) throws -> [ProjectionPlace: PreservedKeys] {
    let prompts = prompts.filter { !$0.isEmpty }
    guard !prompts.isEmpty, parameters.preserveWeight > 0 else { return [:] }
    let keys = try base.lastKeys(of: prompts, at: parameters.places)
    let ridge = PortableMath.exponential(Double(parameters.logRidge))
    // Gate and up share their keys, and so what is preserved of them.
    var made: [Projection: (layer: Int, keys: PreservedKeys)] = [:]
    var preserved: [ProjectionPlace: PreservedKeys] = [:]
    for place in parameters.places {
      if place.projection == .up, let gate = made[.gate], gate.layer == place.layer {
        preserved[place] = gate.keys
        continue
      }
      guard let matrix = keys[place],
        let solved = PreservedKeys(
          matrix, weight: parameters.preserveWeight, ridge: ridge, compute: base.compute)
      else { throw EditingError.singularSystem(module: place.weightName) }
      preserved[place] = solved
      made[place.projection] = (place.layer, solved)
    }
    return preserved
  }

  private func isDone(_ signals: LossSignals) -> Bool {
    signals.predicted.allSatisfy(\.self) && signals.meanLoss <= parameters.targetLoss
  }

  private func observed(_ signals: LossSignals) -> RunningStatistics {
    var statistics = RunningStatistics()
    for place in parameters.places {
      guard let signal = signals.signals[place] else { continue }
      statistics.observe(keys: signal.keys, outputGradients: signal.outputGradients)
    }
    return statistics
  }

  /// Identity hypernetworks for the shapes in hand.
  private func networks(for signals: LossSignals) -> [WeightShape: Hypernetwork] {
    var networks: [WeightShape: Hypernetwork] = [:]
    for signal in signals.signals.values {
      let shape = WeightShape(
        input: signal.keys.columns, output: signal.outputGradients.columns)
      networks[shape] = .identity(
        shape: shape, modules: parameters.places.count, stepSize: parameters.stepSize,
        logRidge: parameters.logRidge)
    }
    return networks
  }
}

extension LossSignals {
  /// The share of scored tokens that are the model's first choice.
  package var efficacy: Double {
    Double(predicted.count { $0 }) / Double(max(1, predicted.count))
  }
}
