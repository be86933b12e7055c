import Editing
import LanguageModel
import ModelStore
import Tensors
import TestSupport
import Testing

/// Whole trainings on a tiny model.
@Suite struct HypernetworkTrainerTests {
  private let setting: EditorSetting
  private let editor: RLEdit
  private let records: [TrainingRecord]

  init() throws {
    setting = try EditorSetting()
    var parameters = RLEditParameters(
      places: [1, 2].map { ProjectionPlace(layer: $0, projection: .down) })
    parameters.form = .leverage
    parameters.rows = .subject
    parameters.memoryWeight = 1
    parameters.covarianceWeight = 1
    parameters.innerSteps = 2
    parameters.stepSize = 0.1
    editor = try RLEdit(
      parameters: parameters, covariance: CovarianceSource(setting.covariance()),
      base: setting.decoder)
    var generator = SeededGenerator(seed: 11)
    func tokens(_ count: Int) -> [Int] {
      (0..<count).map { _ in Int.random(in: 0..<288, using: &generator) }
    }
    records = (0..<13).map { _ in
      let (target, subject) = (tokens(1 + Int.random(in: 0..<2, using: &generator)), 1..<3)
      let prompt = tokens(5)
      return TrainingRecord(
        edit: RecordSequences(TokenizedEdit(prompt: prompt, target: target, subject: subject)),
        // Another beginning, the same wording.
        rephrasings: [LabelledSequence(prompt: tokens(1) + prompt, answer: target)],
        unrelated: [LabelledSequence(prompt: tokens(4), answer: tokens(1))])
    }
  }

  private func trainer(
    _ change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> HypernetworkTrainer {
    var settings = TrainingSettings()
    settings.batchSize = 2
    settings.trajectoryLength = 4
    settings.segmentLength = 2
    settings.objective.lookBack = 2
    settings.objective.regularization = 0.01
    settings.epochs = 2
    settings.validationInterval = 2
    settings.learningRate = 1e-2
    settings.stepSizeLearningRate = 1e-2
    settings.blocks = 1
    settings.blockRank = 3
    settings.seed = 5
    change(&settings)
    return HypernetworkTrainer(
      settings: settings, editor: editor, decoder: setting.decoder, start: setting.weights,
      records: records,
      validation: try ValidationTrajectory(
        OwnRecords.validation, batchSize: 2, contexts: [], encoding: EditorSetting.encoding,
        decoder: setting.decoder, start: setting.weights))
  }

  private func files(_ state: TrainingState) -> [String: [UInt8]] {
    Dictionary(
      state.encodedFiles.map { ($0.name, $0.bytes) }, uniquingKeysWith: { first, _ in first })
  }

  /// The names of files that are not the same; whole files would be pages of numbers.
  private func differences(_ a: [String: [UInt8]], _ b: [String: [UInt8]]) -> [String] {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
  }

  @Test func aTrainingResumedFromAnyCheckpointEndsWithTheSameBits() throws {
    let trainer = try trainer()
    var checkpoints: [[HypernetworkArchive.File]] = []
    var state = trainer.initialState()
    try trainer.train(&state) {
      checkpoints.append($0.encodedFiles)
    } progress: { _ in
    }
    let whole = files(state)
    // Segments end in the middle of trajectories too, where weights and keys are part of the state.
    #expect(checkpoints.count > 5)
    #expect(checkpoints.contains { $0.contains { $0.name.hasPrefix("weights.") } })
    for checkpoint in checkpoints.dropLast() {
      var resumed = try TrainingState(
        encodedFiles: checkpoint, base: setting.weights, compute: setting.compute)
      try trainer.train(&resumed) { _ in
      } progress: { _ in
      }
      let different = differences(files(resumed), whole)
      #expect(different.isEmpty, "\(different)")
    }
  }

  @Test func theSeedAloneDecides() throws {
    func result(_ seed: UInt64) throws -> [String: [UInt8]] {
      let trainer = try trainer { $0.seed = seed }
      var state = trainer.initialState()
      try trainer.train(&state) { _ in
      } progress: { _ in
      }
      return files(state)
    }
    let first = try result(5)
    #expect(differences(try result(5), first).isEmpty)
    #expect(!differences(try result(6), first).isEmpty)
  }

  @Test func trainingLowersTheObjective() throws {
    let trainer = try trainer {
      $0.epochs = 30
      $0.trajectoryLength = 1
      $0.objective.lookBack = 0
      $0.patience = 1000
    }
    var state = trainer.initialState()
    var objectives: [Double] = []
    try trainer.train(&state) { _ in
    } progress: {
      objectives.append($0.objective.total)
    }
    let epoch = trainer.batchesPerEpoch
    let (first, last) = (
      objectives.prefix(epoch).reduce(0, +), objectives.suffix(epoch).reduce(0, +)
    )
    #expect(last < first, "\(first) before, \(last) after")
  }

  @Test func trainingStopsWhereValidationNoLongerImproves() throws {
    // Without learning nothing improves after the first validation.
    let trainer = try trainer {
      $0.learningRate = 0
      $0.stepSizeLearningRate = 0
      $0.epochs = 100
      $0.patience = 3
      $0.validationInterval = 1
    }
    var state = trainer.initialState()
    var scores: [Double] = []
    try trainer.train(&state) { _ in
    } progress: {
      if let score = $0.validation { scores.append(score) }
    }
    #expect(state.isFinished)
    #expect(state.optimizer.step < 100)
    let best = try #require(state.best)
    #expect(best.score == scores.max())
    #expect(state.validationsSinceBest == 3)
  }

  @Test func everyValidationTellsHowFarItIs() throws {
    let trainer = try trainer()
    var state = trainer.initialState()
    var told: [[Int]] = []
    var validations = 0
    try trainer.train(&state) {
      told.append([$0, $1])
    } checkpoint: { _ in
    } progress: {
      if $0.validation != nil { validations += 1 }
    }
    let batches = (OwnRecords.validation.count + 1) / 2
    #expect(validations > 1)
    #expect(
      told == (0..<validations).flatMap { _ in (0...batches).map { [$0, batches] } })
  }

  @Test func aDamagedStateIsRefused() throws {
    let trainer = try trainer()
    let files = trainer.initialState().encodedFiles
    for index in files.indices {
      var missing = files
      missing.remove(at: index)
      var cut = files
      cut[index].bytes.removeLast()
      for damaged in [missing, cut] {
        #expect(throws: EditingError.self, "\(files[index].name)") {
          _ = try TrainingState(
            encodedFiles: damaged, base: setting.weights, compute: setting.compute)
        }
      }
    }
  }
}
