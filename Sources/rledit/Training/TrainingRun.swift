import Algorithms
import Editing
import LanguageModel
import Ledger
import ModelStore
import ObjectModel
import Tensors

/// A training from its command line to the material that it leaves.
struct TrainingRun {
  let repository: Repository
  let session: ModelSession
  let head: ResolvedCommit
  let recipe: Recipe
  let materials: EditingMaterials
  let settings: TrainingSettings
  let records: [EditRecord]
  let validation: [EditRecord]
  let name: String

  /// Of everything that decides what training makes: two runs with one fingerprint end with the same
  /// bits.
  func fingerprint() throws -> ContentHash {
    // Commits have one text for one content, so those that would hold all of it identify it.
    var text = "\(validation.count)"
    for part in (records + validation).chunks(ofCount: 1000) {
      let commit = Commit(
        model: head.commit.model, chain: head.commit.chain, time: 0, author: "",
        operation: .train, message: "", edits: Array(part),
        recipe: recipe, attachments: materials.attachments)
      text += " \(try commit.encoded().id.hex)"
    }
    return Array(text.utf8).withUnsafeBytes { ContentHash(of: $0) }
  }

  /// Trains, from where a checkpoint left off, and keeps what comes out.
  ///
  /// - Parameters:
  ///   - checkpointSeconds: a checkpoint is written at most so often, and when training is interrupted or
  ///     what it made cannot be kept.
  ///   - beginning: told how many steps were done before, of how many.
  ///   - validating: told how many of how many batches a validation has edited.
  /// - Throws: ``CommandError/trainingDiverged``, `EditingError`, the errors of model, store and ledger,
  ///   ``CommandError``, `CancellationError`.
  func train(
    checkpointSeconds: Double, restarting: Bool, replacing: Bool,
    beginning: (_ done: Int, _ of: Int) -> Void,
    validating: (_ done: Int, _ of: Int) -> Void,
    progress: (HypernetworkTrainer.Progress) throws -> Void
  ) throws -> TrainedHypernetwork {
    let editor = try EditorCatalogue.editor(
      for: recipe.withoutHypernetwork,
      materials: materials.load(for: recipe, session, in: repository.store),
      base: session.base, isTraining: true)
    guard let editor = editor as? RLEdit else { throw CommandError.noHypernetwork(recipe.method) }
    try session.requireRoom(
      for: records + validation, contexts: editor.contexts, comparingFormer: false)
    // Every step runs the layers from the lowest edited one on many times, and what is behind them.
    let lowest = ProjectionPlace.lowestLayer(of: recipe.targetModules)
    let output = session.base.shape.outputName
    let start = try repository.materializer.weights(at: head.commit).widened { name in
      name == output || (ProjectionPlace(weightName: name)?.layer ?? -1) >= lowest
    }
    let trainer = HypernetworkTrainer(
      settings: settings, editor: editor, decoder: session.base, start: start,
      records: try records.map {
        try TrainingRecord($0, contexts: editor.contexts, encoding: session.encoding)
      },
      validation: try ValidationTrajectory(
        validation, batchSize: settings.batchSize, contexts: editor.contexts,
        encoding: session.encoding, decoder: session.base, start: start))
    let checkpoint = TrainingCheckpoint(
      name: name, fingerprint: try fingerprint(), in: repository)
    if restarting { checkpoint.remove() }
    var state =
      try checkpoint.read().map {
        try TrainingState(encodedFiles: $0, base: start, compute: repository.compute)
      } ?? trainer.initialState()
    beginning(trainer.stepsDone(state), trainer.totalSteps)
    var saved = ContinuousClock.now
    var latest: TrainingState?
    do {
      try trainer.train(&state, validating: validating) { current in
        latest = current
        guard (ContinuousClock.now - saved) / .seconds(1) >= checkpointSeconds else { return }
        try checkpoint.write(current.encodedFiles)
        saved = .now
      } progress: {
        try progress($0)
      }
      let kept = try keep(state, replacing: replacing)
      checkpoint.remove()
      return kept
    } catch ModelStoreError.factorNotFinite {
      // What diverged does so again; the last checkpoint may be from before.
      throw CommandError.trainingDiverged
    } catch {
      // What was reached since the last checkpoint would be done again; better not.
      if let latest { try checkpoint.write(latest.encodedFiles) }
      throw error
    }
  }

  private func keep(_ state: TrainingState, replacing: Bool) throws -> TrainedHypernetwork {
    guard let best = state.best else { throw CancellationError() }
    let store = repository.store
    let archive = HypernetworkArchive(
      .init(networks: best.networks, statistics: best.statistics), optimizer: best.optimizer)
    var attachments = materials.attachments
    let network = try store.storeAttachment(
      kind: MaterialKind.hypernetwork.rawValue, files: archive.encodedFiles)
    attachments[MaterialKind.hypernetwork.attachmentName] = network
    let commit = try repository.ledger.keep(
      MaterialDraft(
        kind: .hypernetwork, name: name, attachments: attachments,
        message: "Train \(name) on \(records.count) edit records", recipe: recipe,
        metrics: [
          .init(name: "validation.score", value: best.score),
          .init(name: "updates", value: Double(state.optimizer.step)),
          .init(name: "best.update", value: Double(best.optimizer.step)),
          .init(name: "training.records", value: Double(records.count)),
          .init(name: "validation.records", value: Double(validation.count)),
        ],
        parent: head.id),
      replacing: replacing, repository.context())
    return TrainedHypernetwork(
      commit: commit, network: network, parameters: best.networks.count, score: best.score,
      updates: state.optimizer.step, bestUpdate: best.optimizer.step)
  }
}

/// What a training left.
struct TrainedHypernetwork {
  let commit: CommitID
  let network: AttachmentID
  let parameters: Int
  let score: Double
  let updates: Int
  /// The update after which the hypernetwork was as it is kept.
  let bestUpdate: Int
}

extension Recipe {
  /// The recipe of the untrained editor that training begins with.
  fileprivate var withoutHypernetwork: Recipe {
    Recipe(
      method: method, engineVersion: engineVersion, seed: 0, hypernetwork: .identity,
      parameters: parameters, targetModules: targetModules)
  }
}
