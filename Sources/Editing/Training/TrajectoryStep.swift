package import LanguageModel
package import ModelStore

/// One batch of training records with what is computed of it once.
package struct TrainingBatch: Sendable {
  let edits: EditSequences
  var probes: RewardProbes

  /// - Parameter groups: the records in mini-batches; the standard is one.
  /// - Throws: ``EditingError/emptyBatch`` and the errors of the model.
  package init(
    _ groups: [[TrainingRecord]], editor: RLEdit, decoder: Decoder, weights: EditedWeights
  ) throws {
    let places = editor.parameters.places
    edits = try EditSequences(
      groups.map { $0.map(\.edit) }, rows: editor.parameters.rows, decoder: decoder,
      weights: weights, places: places)
    probes = try RewardProbes(groups, decoder: decoder, weights: weights, places: places)
  }
}

/// What the answers to unrelated prompts are held against.
package enum LocalityReference: String, Sendable, CaseIterable {
  /// The weights before the step, as the paper has it: drift over many steps is not seen.
  case previous
  /// The weights that the trajectory began with.
  case start
}

/// A sequence of edits during training: the weights reached, the state of the editor, and the batches
/// that are still looked back at.
package struct Trajectory: Sendable {
  package private(set) var weights: EditedWeights
  package private(set) var state: EditingState
  /// The newest first.
  private(set) var window: [TrainingBatch] = []
  private let startWeights: EditedWeights

  package init(weights: EditedWeights, state: EditingState) {
    self.weights = weights
    startWeights = weights
    self.state = state
  }

  /// What a step did.
  package struct Step: Sendable {
    package let outcome: EditOutcome
    package let objective: LookBackObjective.Value
    /// Gradients with respect to the whole weight matrices, by place, where they were asked for.
    package let signals: [[ProjectionPlace: ProjectionSignals]]
  }

  /// Edits a batch, evaluates the objective at the weights after it and adds its gradient with respect
  /// to the hypernetworks.
  ///
  /// The weights before the step, the keys and the output gradients count as constants: the gradient
  /// goes through the step's own factors. Quantisation is passed straight through.
  ///
  /// - Parameters:
  ///   - advances: whether the weights reached are those of the next step; MALMEN and MEND train on
  ///     single batches and go back.
  ///   - keepsSignals: whether the signals of all passes are returned.
  /// - Throws: the errors of editing and of the model.
  package mutating func step(
    _ batch: TrainingBatch, editor: RLEdit, networks: HypernetworkSet, decoder: Decoder,
    objective: LookBackObjective, reference: LocalityReference, advances: Bool = true,
    keepsSignals: Bool = false, gradient: inout HypernetworkSet
  ) throws -> Step {
    window.insert(batch, at: 0)
    if window.count > objective.lookBack + 1 { window.removeLast() }
    try refreshReferences(reference, decoder: decoder)
    let trace = try editor.run(
      batch.edits, networks: networks, decoder: decoder, weights: weights, state: state,
      compresses: false)
    var sums = try FactorGradientSums(
      trace.outcome.updates, includesRight: editor.parameters.form.learnsRightFactors,
      compute: decoder.compute)
    var kept: [[ProjectionPlace: ProjectionSignals]] = []
    var (value, logits) = try objective.evaluate(
      window.map(\.probes), model: decoder.over(trace.outcome.weights),
      places: editor.parameters.places
    ) { signals in
      sums.add(signals)
      if keepsSignals { kept.append(signals) }
    }
    value.regularizationLoss = sums.addRegularization(objective.regularization)
    let rule = try editor.rule(networks: networks, state: state)
    for (index, pass) in trace.passes.enumerated() {
      rule.addGradient(
        of: pass, factors: trace.gradients(ofStep: index, in: sums), to: &gradient)
    }
    if advances {
      weights = trace.outcome.weights
      state.merge(trace.outcome.contribution)
      // The weights after this step are those before the next.
      for (index, logits) in logits.enumerated() where reference == .previous {
        if let logits { window[index].probes.keep(logits) }
      }
    } else {
      state.statistics.merge(trace.outcome.contribution.statistics)
      window.removeAll()
    }
    return Step(outcome: trace.outcome, objective: value, signals: kept)
  }

  /// Runs the probes that have no references yet.
  private mutating func refreshReferences(
    _ reference: LocalityReference, decoder: Decoder
  ) throws {
    let model = decoder.over(reference == .previous ? weights : startWeights)
    for index in window.indices
    where window[index].probes.references.isEmpty && !window[index].probes.isEmpty {
      let pass = try window[index].probes.run(model)
      window[index].probes.keep(window[index].probes.unrelatedLogits(of: pass))
    }
  }

  /// Goes on from stored weights with batches that were looked back at, the newest first.
  mutating func resume(weights: EditedWeights, state: EditingState, window: [TrainingBatch]) {
    self.weights = weights
    self.state = state
    self.window = window
  }
}

extension UpdateForm {
  /// Whether `V` depends on the hypernetwork, so that its gradient is wanted.
  package var learnsRightFactors: Bool { self == .outerProduct }
}
