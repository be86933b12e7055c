package import LanguageModel
package import ModelStore

/// Trains a hypernetwork over whole edit sequences (RLEdit), or over single batches (MALMEN, MEND: a
/// trajectory of one batch).
///
/// One seed fixes everything: the order of the records, the parameters that training starts with, and so
/// every bit of what comes out, wherever it was interrupted and resumed.
package struct HypernetworkTrainer: Sendable {
  /// What a step did.
  package struct Progress: Sendable {
    package let epoch: Int
    package let step: Int
    package let steps: Int
    /// Made so far, with that which followed the step.
    package var updates: Int
    package let edit: EditOutcome
    package let objective: LookBackObjective.Value
    /// The gradient's norm before it was clipped, where the step ended a segment.
    package var gradientNorm: Double?
    /// Where the step was followed by a validation.
    package var validation: Double?
  }

  package let settings: TrainingSettings
  private let editor: RLEdit
  private let decoder: Decoder
  private let start: EditedWeights
  private let records: [TrainingRecord]
  private let validation: ValidationTrajectory

  /// - Parameters:
  ///   - editor: how batches are edited; its own networks are not used.
  ///   - start: the weights that every trajectory begins at.
  ///   - records: to train with; at least a batch.
  package init(
    settings: TrainingSettings, editor: RLEdit, decoder: Decoder, start: EditedWeights,
    records: [TrainingRecord], validation: ValidationTrajectory
  ) {
    self.settings = settings
    self.editor = editor
    self.decoder = decoder
    self.start = start
    self.records = records
    self.validation = validation
  }

  /// The state that training starts from.
  package func initialState() -> TrainingState {
    var generator = RandomSource(seed: settings.seed, stream: 0)
    let parameters = editor.parameters
    let shapes = parameters.modules(of: decoder.shape).sorted { $0.key < $1.key }
    return TrainingState(
      networks: HypernetworkSet(
        shapes.map { shape, modules in
          .initial(
            shape: shape, modules: modules, blocks: settings.blocks, rank: settings.blockRank,
            stepSize: parameters.stepSize, logRidge: parameters.logRidge, generator: &generator)
        }))
  }

  /// Batches of one pass over the records; what does not fill a batch is left out of the pass.
  package var batchesPerEpoch: Int { records.count / settings.batchSize }

  /// Steps of the whole training, if it is not stopped early.
  package var totalSteps: Int { batchesPerEpoch * settings.epochs }

  /// Trains until the end, early stopping, or cancellation.
  ///
  /// - Parameters:
  ///   - state: changed in place; valid to store whenever `checkpoint` is called and at the end.
  ///   - validating: told how many of how many batches a validation has edited.
  ///   - checkpoint: called after every update.
  ///   - progress: called after every step.
  /// - Throws: ``EditingError``, the errors of the model, `CancellationError`, what the closures throw.
  package func train(
    _ state: inout TrainingState, validating: (_ done: Int, _ of: Int) -> Void = { _, _ in },
    checkpoint: (TrainingState) throws -> Void, progress: (Progress) throws -> Void
  ) throws {
    while state.epoch < settings.epochs, !state.isFinished {
      let order = RandomSource.permutation(
        of: records.count, seed: settings.seed, stream: UInt64(state.epoch) + 1)
      let batches = (0..<batchesPerEpoch).map { batch in
        order[batch * settings.batchSize..<(batch + 1) * settings.batchSize].map { records[$0] }
      }
      while state.trajectory * settings.trajectoryLength < batches.count, !state.isFinished {
        let first = state.trajectory * settings.trajectoryLength
        let end = min(batches.count, first + settings.trajectoryLength)
        try run(Array(batches[first..<end]), &state, validating, checkpoint, progress)
      }
      guard !state.isFinished else { break }
      state.trajectory = 0
      state.epoch += 1
    }
    if !state.isFinished {
      if state.best == nil { _ = try validate(&state, validating) }
      state.isFinished = true
      try checkpoint(state)
    }
  }

  /// Runs what is left of a trajectory.
  private func run(
    _ batches: [[TrainingRecord]], _ state: inout TrainingState,
    _ validating: (Int, Int) -> Void, _ checkpoint: (TrainingState) throws -> Void,
    _ progress: (Progress) throws -> Void
  ) throws {
    var trajectory = try resumed(batches, state)
    var gradient = state.networks.zeros
    while state.step < batches.count {
      try Task.checkCancellation()
      let step = try trajectory.step(
        batch(batches[state.step]), editor: editor, networks: state.networks, decoder: decoder,
        objective: settings.objective, reference: settings.reference, gradient: &gradient)
      state.step += 1
      var report = Progress(
        epoch: state.epoch, step: stepsDone(state), steps: totalSteps,
        updates: state.optimizer.step, edit: step.outcome, objective: step.objective)
      let endsTrajectory = state.step == batches.count
      guard endsTrajectory || state.step.isMultiple(of: settings.segmentLength) else {
        try progress(report)
        continue
      }
      report.gradientNorm = gradient.clip(to: settings.clipNorm, compute: decoder.compute)
      state.optimizer.update(&state.networks, gradient: gradient, rates: settings.rate(of:))
      report.updates = state.optimizer.step
      gradient = state.networks.zeros
      state.statistics = trajectory.state.statistics
      if endsTrajectory {
        state.weights = nil
        state.memory = []
      } else {
        state.weights = trajectory.weights
        state.memory = try trajectory.state.memory.batches.map { try $0.keys() }
      }
      if state.optimizer.step.isMultiple(of: settings.validationInterval) {
        report.validation = try validate(&state, validating)
      }
      if endsTrajectory {
        state.step = 0
        state.trajectory += 1
      }
      try checkpoint(state)
      try progress(report)
      if endsTrajectory || state.isFinished { return }
    }
  }

  /// The trajectory that a state is in the middle of, or a new one.
  private func resumed(
    _ batches: [[TrainingRecord]], _ state: TrainingState
  ) throws -> Trajectory {
    var trajectory = Trajectory(
      weights: start, state: EditingState(statistics: state.statistics))
    guard state.step > 0, let weights = state.weights else { return trajectory }
    var editing = EditingState(statistics: state.statistics)
    for memory in state.memory { editing.memory.merge(memory) }
    let window = try batches[..<state.step].suffix(settings.objective.lookBack + 1).reversed().map {
      try batch($0)
    }
    trajectory.resume(weights: weights, state: editing, window: window)
    return trajectory
  }

  private func batch(_ records: [TrainingRecord]) throws -> TrainingBatch {
    try TrainingBatch([records], editor: editor, decoder: decoder, weights: start)
  }

  /// Steps that led to a state.
  package func stepsDone(_ state: TrainingState) -> Int {
    state.epoch * batchesPerEpoch + state.trajectory * settings.trajectoryLength + state.step
  }

  /// Measures the networks, keeps them where they are the best so far, and stops training where it has
  /// been long since.
  private func validate(
    _ state: inout TrainingState, _ validating: (Int, Int) -> Void
  ) throws -> Double {
    let score = try validation.score(
      RLEdit.Trained(networks: state.networks, statistics: state.statistics), editor: editor,
      decoder: decoder, start: start, progress: validating)
    if score > state.best?.score ?? -.infinity {
      state.best = .init(
        networks: state.networks, optimizer: state.optimizer, statistics: state.statistics,
        score: score)
      state.validationsSinceBest = 0
    } else {
      state.validationsSinceBest += 1
      if state.validationsSinceBest >= settings.patience { state.isFinished = true }
    }
    return score
  }
}
