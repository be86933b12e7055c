package import LanguageModel
package import ModelStore
package import ObjectModel
import Tensors

/// RLEdit (Li et al. 2025), reinforced lifelong editing with a hypernetwork, and its kin: UltraEdit,
/// MALMEN and MEND differ from it in the rule and in how the hypernetwork was trained.
///
/// A batch is edited in inner steps. Each takes the signals of the targets' cross-entropy at the weights
/// reached so far, turns them into low-rank factors (``RLEditRule``), quantises the factors to their
/// stored form and applies those. The batch's delta is the steps' factors side by side: by the delta
/// arithmetic that is the same as applying them one after the other.
package struct RLEdit: Editor {
  package static let method = "rledit"
  /// Raised whenever a change of the code can change a bit of what it makes.
  package static let engineVersion = 3
  /// Edited rows of one batch at most.
  package static let rowLimit = 1024
  /// Scored rows of one batch at most, where they are not the edited ones: logits of all are held at once.
  package static let scoredRowLimit = 4096

  /// A trained hypernetwork.
  package struct Trained: Sendable {
    package var networks: HypernetworkSet
    /// Those of its training, which running statistics go on from.
    package var statistics: RunningStatistics

    package init(networks: HypernetworkSet, statistics: RunningStatistics) {
      self.networks = networks
      self.statistics = statistics
    }
  }

  package let parameters: RLEditParameters
  package let recipe: Recipe
  /// The trained hypernetworks, or identities.
  package private(set) var networks: HypernetworkSet
  /// What the running statistics start from.
  package private(set) var priorStatistics: RunningStatistics
  private let preserved: [KeyPlace: any KeyMetric]
  private let memory: MemoryFold?
  private let outputMetrics: [ProjectionPlace: OutputMetric]
  private let compute: Compute

  /// - Parameters:
  ///   - recipe: what commits record; by default that of plain RLEdit with these parameters.
  ///   - trained: the hypernetworks to edit with; `nil` takes identities with the step size and ridge
  ///     of the parameters.
  ///   - prompts: in tokens; the keys of their last tokens are preserved. Empty prompts are passed
  ///     over.
  ///   - covariance: second moments of general keys; needed where the parameters weigh
  ///     them or damp curvature.
  ///   - base: the model as it was imported, off which preserved keys are read.
  /// - Throws: ``EditingError/singularSystem(module:)``, ``EditingError/noCovariance(method:)``,
  ///   ``EditingError/missingCovariance(place:)``, ``EditingError/missingCurvature(module:)``,
  ///   ``EditingError/singularCurvature(module:)``, the errors of the model and those of reading the covariance.
  package init(
    parameters: RLEditParameters, recipe: Recipe? = nil, trained: Trained? = nil,
    preserving prompts: [[Int]] = [], covariance: CovarianceSource? = nil, base: Decoder
  ) throws {
    self.parameters = parameters
    self.recipe = recipe ?? Self.recipe(parameters)
    compute = base.compute
    networks = trained?.networks ?? Self.identities(parameters, shape: base.shape)
    priorStatistics = trained?.statistics ?? RunningStatistics()
    preserved = try Self.preservedKeys(of: prompts, parameters: parameters, base: base)
    let known =
      parameters.covarianceWeight > 0 || parameters.dampsCurvature ? try covariance?.read() : nil
    memory =
      parameters.usesMemory
      ? try MemoryFold(
        places: Set(parameters.places.map(\.keyPlace)), parameters: parameters,
        covariance: known, from: covariance, method: self.recipe.method, base: base)
      : nil
    outputMetrics =
      parameters.dampsCurvature
      ? try OutputMetric.metrics(
        at: parameters.places, damping: parameters.curvatureDamping, covariance: known,
        method: self.recipe.method, base: base)
      : [:]
  }

  /// Identity networks of the parameters' step size and ridge.
  package static func identities(
    _ parameters: RLEditParameters, shape: DecoderShape
  ) -> HypernetworkSet {
    HypernetworkSet(
      parameters.modules(of: shape).map { shape, count in
        .identity(
          shape: shape, modules: count, stepSize: parameters.stepSize,
          logRidge: parameters.logRidge)
      })
  }

  package var contexts: [String] { parameters.contexts }

  package var readsPreservedPrompts: Bool {
    parameters.preserveWeight > 0 && !parameters.usesMemory && parameters.form != .outerProduct
  }

  package var readsCovariance: Bool {
    parameters.covarianceWeight > 0 || parameters.dampsCurvature
  }

  package var reads: EditingStateParts { memory == nil ? .statistics : [.statistics, .memory] }

  /// The same editor with other hypernetworks.
  func with(_ trained: Trained) -> RLEdit {
    var editor = self
    editor.networks = trained.networks
    editor.priorStatistics = trained.statistics
    return editor
  }

  package func edit(
    _ batch: [TokenizedEdit], decoder: Decoder, weights: EditedWeights, state: EditingState
  ) throws -> EditOutcome {
    let records = batch.map { RecordSequences($0) }
    let limit = parameters.rows == .answer ? Self.rowLimit : Self.scoredRowLimit
    let scored = records.reduce(0) { $0 + $1.members.reduce(0) { $0 + $1.sequence.scoredCount } }
    guard scored <= limit else {
      throw EditingError.batchTooLarge(targetTokens: scored, limit: limit)
    }
    return try run(
      EditSequences(
        [records], rows: parameters.rows, decoder: decoder,
        weights: weights, places: parameters.places),
      networks: networks, decoder: decoder, weights: weights, state: state, keepsPasses: false
    ).outcome
  }

  /// Edits one batch with given hypernetworks.
  ///
  /// - Parameters:
  ///   - compresses: whether updates are brought down to the rank of the parameters; without
  ///   that, every rank of the outcome is one of a pass.
  ///   - keepsPasses: whether the trace has the passes that led to the factors, which take some ten megabytes
  ///   for each step.
  /// - Throws: as ``edit(_:decoder:weights:state:)``.
  package func run(
    _ sequences: EditSequences, networks: HypernetworkSet, decoder: Decoder,
    weights: EditedWeights, state: EditingState, compresses: Bool = true, keepsPasses: Bool = true
  ) throws -> EditTrace {
    // The solve grows with the cube of the rows, and the delta's rank with their number.
    guard sequences.editedRowCount <= Self.rowLimit else {
      throw EditingError.batchTooLarge(
        targetTokens: sequences.editedRowCount, limit: Self.rowLimit)
    }
    let rule = try rule(networks: networks, state: state)
    var steps = StepFactors()
    var passes: [RLEditPass] = []
    var longest: Double?
    var updates: [LowRankUpdate] = []
    var current = weights
    var statistics = priorStatistics
    statistics.merge(state.statistics)
    var contribution = EditContribution()
    var before: EditScore?
    while true {
      try Task.checkCancellation()
      let model = decoder.over(current)
      var scored = try sequences.score(model)
      var score = EditScore(scored, of: sequences)
      guard score.loss.isFinite else { throw EditingError.diverged(steps: steps.count) }
      let isLast = steps.count == parameters.innerSteps || isDone(score)
      // The last pass is only scored, unless it is the first, whose statistics are wanted.
      if before == nil || !isLast {
        let losses = remainingLosses(score)
        let groups = try sequences.signals(
          of: scored, model: model,
          weights: losses.map { $0.map { $0 > 0 ? 1 : 0 } })
        if before == nil {
          contribution.statistics = observed(groups)
          statistics.merge(contribution.statistics)
        }
        if !isLast {
          let pass = try rule.run(
            stacked(groups), statistics: statistics,
            records: losses.map {
              RowRecords(
                record: sequences.recordOfEditedRow, losses: $0, longest: longest)
            })
          if steps.count == 0 { longest = pass.longest }
          if keepsPasses { passes.append(pass) }
          steps.append(pass.factors)
          updates = try steps.updates(of: parameters.places, as: parameters.factorType)
          current = try weights.applying(updates)
        }
      }
      let first = before ?? score
      before = first
      if isLast {
        if compresses, parameters.rank > 0,
          let narrow = try steps.updates(
            of: parameters.places, as: parameters.factorType, rank: parameters.rank,
            compute: compute)
        {
          updates = narrow
          current = try weights.applying(updates)
          // What a pass has recorded takes more room than all weights that are edited: never two at once.
          scored = []
          scored = try sequences.score(decoder.over(current))
          score = EditScore(scored, of: sequences)
        }
        contribution.memory = try remembered(sequences, scored)
        let outcome = EditOutcome(
          updates: updates, weights: current, contribution: contribution, lossBefore: first.loss,
          lossAfter: score.loss, efficacyBefore: first.efficacy, efficacyAfter: score.efficacy,
          steps: steps.count)
        return EditTrace(outcome: outcome, passes: passes, steps: steps)
      }
    }
  }

  /// The rule with given hypernetworks, after what the state remembers.
  func rule(networks: HypernetworkSet, state: EditingState) throws -> RLEditRule {
    RLEditRule(
      networks: networks, places: parameters.places, form: parameters.form,
      metrics: try memory?.metrics(after: state.memory) ?? preserved,
      outputMetrics: outputMetrics, stepLength: parameters.stepLength, compute: compute)
  }
}

// Parts of a batch.
extension RLEdit {
  private static func preservedKeys(
    of prompts: [[Int]], parameters: RLEditParameters, base: Decoder
  ) throws -> [KeyPlace: any KeyMetric] {
    let prompts = prompts.filter { !$0.isEmpty }
    guard !prompts.isEmpty, parameters.preserveWeight > 0, !parameters.usesMemory else {
      return [:]
    }
    // Matrices that read one input share their keys, and so what is preserved of them.
    let places = Set(parameters.places.map(\.keyPlace))
    let ridge = PortableMath.exponential(Double(parameters.logRidge))
    var preserved: [KeyPlace: any KeyMetric] = [:]
    for (place, keys) in try base.lastKeys(of: prompts, at: places) {
      guard
        let solved = PreservedKeys(
          keys, weight: parameters.preserveWeight, ridge: ridge, compute: base.compute)
      else { throw EditingError.singularSystem(module: place.name) }
      preserved[place] = solved
    }
    return preserved
  }

  private func isDone(_ score: EditScore) -> Bool {
    switch parameters.stepLength {
    case .learned:
      score.loss <= parameters.targetLoss && score.records.allSatisfy(\.isPredicted)
    case .targetSeeking: remainingLosses(score)?.allSatisfy { $0 == 0 } ?? true
    }
  }

  /// How far each record is from its target, where steps seek targets.
  private func remainingLosses(_ score: EditScore) -> [Double]? {
    guard case .targetSeeking = parameters.stepLength else { return nil }
    return score.records.map {
      $0.isPredicted && $0.loss <= parameters.targetLoss ? 0 : $0.loss
    }
  }

  /// The batch's share of the running statistics: each group's matrices in order.
  private func observed(
    _ groups: [[ProjectionPlace: ProjectionSignals]]
  ) -> RunningStatistics {
    var statistics = RunningStatistics()
    for signals in groups {
      for place in parameters.places {
        guard let signal = signals[place] else { continue }
        statistics.observe(keys: signal.keys, outputGradients: signal.outputGradients)
      }
    }
    return statistics
  }

  /// The groups' rows, group below group.
  private func stacked(
    _ groups: [[ProjectionPlace: ProjectionSignals]]
  ) -> [ProjectionPlace: ProjectionSignals] {
    groups.dropFirst().reduce(groups.first ?? [:]) { all, group in
      all.merging(group) {
        ProjectionSignals(
          keys: $0.keys.stacked(above: $1.keys),
          outputGradients: $0.outputGradients.stacked(above: $1.outputGradients))
      }
    }
  }

  /// The keys that the batch leaves to later ones: those at the weights that it ends with.
  private func remembered(_ sequences: EditSequences, _ scored: [ScoredPass]) throws -> EditMemory {
    guard parameters.memoryWeight > 0 else { return EditMemory() }
    return EditMemory(
      try sequences.keys(of: scored).mapValues {
        try StoredFactor(quantizing: $0, as: parameters.factorType)
      })
  }
}
