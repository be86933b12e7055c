import ArgumentParser
import Editing

/// How `rledit train` trains.
struct TrainingOptions: ParsableArguments {
  @Option(help: .init("Edits in a batch.", valueName: "count"))
  var batch = 20

  @Option(help: .init("Batches of a trajectory; malmen and mend take one.", valueName: "count"))
  var trajectory: Int?

  @Option(help: .init("Steps between updates; a trajectory's end is one too.", valueName: "count"))
  var segment: Int?

  @Option(help: .init("Earlier batches that count in the reward.", valueName: "count"))
  var lookBack: Int?

  @Option(
    help: .init("The weight of a batch against that of the one after it.", valueName: "number"))
  var decay = 0.95

  @Option(help: .init("The weight of unrelated prompts.", valueName: "number"))
  var localityWeight = 0.6

  @Option(help: .init("The weight of the update's squared norm.", valueName: "number"))
  var regularisation = 0.0

  @Option(
    help: .init(
      "What unrelated answers are held against: previous (weights) or start.", valueName: "word"))
  var localityReference = LocalityReference.previous

  @Option(help: .init("Adam's learning rate.", valueName: "number"))
  var learningRate = 1e-4

  @Option(help: .init("That of step sizes and ridges.", valueName: "number"))
  var stepSizeLearningRate = 1e-4

  @Option(help: .init("The norm that an update's gradient is clipped to.", valueName: "number"))
  var clip = 1.0

  @Option(help: .init("Passes over the records at most.", valueName: "count"))
  var epochs = 10

  @Option(help: .init("Updates between validations.", valueName: "count"))
  var validateEvery = 20

  @Option(
    help: .init("Stop after so many validations without improvement.", valueName: "count"))
  var patience = 5

  @Option(help: .init("Blocks of the hypernetworks.", valueName: "count"))
  var blocks = 2

  @Option(help: .init("The rank of a block.", valueName: "count"))
  var blockRank = 256

  @Option(
    help: .init("What fixes the order of records and the first parameters.", valueName: "number"))
  var seed: UInt64 = 0

  func validate() throws {
    for (name, value) in [
      ("batch", batch), ("trajectory", trajectory ?? 1), ("segment", segment ?? 1),
      ("epochs", epochs), ("validate-every", validateEvery), ("patience", patience),
    ] where !(1...1_000_000).contains(value) {
      throw ValidationError("--\(name) must lie between 1 and 1000000")
    }
    guard (1...16_384).contains(blockRank) else {
      throw ValidationError("--block-rank must lie between 1 and 16384")
    }
    guard (0...64).contains(blocks) else {
      throw ValidationError("--blocks must lie between 0 and 64")
    }
    guard (0...10_000).contains(lookBack ?? 0) else {
      throw ValidationError("--look-back must lie between 0 and 10000")
    }
    for (name, value) in [
      ("decay", decay), ("locality-weight", localityWeight), ("regularisation", regularisation),
      ("learning-rate", learningRate), ("step-size-learning-rate", stepSizeLearningRate),
      ("clip", clip),
    ] where !value.isFinite || value < 0 {
      throw ValidationError("--\(name) must be a number of at least 0")
    }
  }

  /// - Parameter singleBatches: whether the method trains on single batches.
  func settings(singleBatches: Bool) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.batchSize = batch
    settings.trajectoryLength = trajectory ?? (singleBatches ? 1 : settings.trajectoryLength)
    settings.segmentLength = segment ?? min(settings.segmentLength, settings.trajectoryLength)
    settings.objective = LookBackObjective(
      lookBack: lookBack ?? (singleBatches ? 0 : settings.objective.lookBack), decay: decay,
      localityWeight: localityWeight, regularization: regularisation)
    settings.reference = localityReference
    settings.learningRate = learningRate
    settings.stepSizeLearningRate = stepSizeLearningRate
    settings.clipNorm = clip
    settings.epochs = epochs
    settings.validationInterval = validateEvery
    settings.patience = patience
    settings.blocks = blocks
    settings.blockRank = blockRank
    settings.seed = seed
    return settings
  }
}

extension LocalityReference: ExpressibleByArgument {}
