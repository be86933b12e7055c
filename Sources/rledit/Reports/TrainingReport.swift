import Editing
import ObjectModel

/// One step of a training: a JSON line.
struct TrainingStepReport: Encodable {
  let epoch: Int
  let step: Int
  let steps: Int
  let updates: Int
  /// The negative of the objective.
  let reward: Double
  let rephrasingLoss: Double
  let localityLoss: Double
  let regularisationLoss: Double
  let batchRephrasingLoss: Double
  let batchDivergence: Double
  let editLossBefore: Double
  let editLossAfter: Double
  let editEfficacyAfter: Double
  let gradientNorm: Double?
  let validation: Double?
  let seconds: Double

  init(_ step: HypernetworkTrainer.Progress, seconds: Double) {
    epoch = step.epoch
    self.step = step.step
    steps = step.steps
    updates = step.updates
    reward = -step.objective.total
    rephrasingLoss = step.objective.rephrasingLoss
    localityLoss = step.objective.localityLoss
    regularisationLoss = step.objective.regularizationLoss
    batchRephrasingLoss = step.objective.own.rephrasing
    batchDivergence = step.objective.own.divergence
    editLossBefore = step.edit.lossBefore
    editLossAfter = step.edit.lossAfter
    editEfficacyAfter = step.edit.efficacyAfter
    gradientNorm = step.gradientNorm
    validation = step.validation
    self.seconds = seconds
  }

  /// What a progress bar says of a step.
  static func detail(_ step: HypernetworkTrainer.Progress) -> String {
    let parts = [
      "reward \(Quantity.fixed(-step.objective.total, 2))",
      "edit \(Quantity.fixed(step.edit.lossAfter, 2))",
      "rephrased \(Quantity.fixed(step.objective.own.rephrasing, 2))",
      "drift \(Quantity.fixed(step.objective.own.divergence, 3))",
    ]
    return parts.joined(separator: ", ")
  }
}

/// What a training left.
struct TrainingReport: Report {
  let name: String
  let commit: String
  let hypernetwork: String
  let parameters: Int
  let updates: Int
  /// The update after which it was as it is kept.
  let bestUpdate: Int
  let validationScore: Double

  init(name: String, _ trained: TrainedHypernetwork) {
    self.name = name
    commit = trained.commit.hex
    hypernetwork = trained.network.hex
    parameters = trained.parameters
    updates = trained.updates
    bestUpdate = trained.bestUpdate
    validationScore = trained.score
  }

  func print(on terminal: Terminal) throws {
    try terminal.print(
      "Trained \(name) in \(Quantity.count(updates, "update")), and kept what did best, that of "
        + "update \(bestUpdate): "
        + "\(Quantity.measured(Double(parameters))) parameters, validation score "
        + "\(Quantity.fixed(validationScore, 3)), in commit "
        + terminal.styled(String(commit.prefix(12)), .yellow) + ".")
  }
}
