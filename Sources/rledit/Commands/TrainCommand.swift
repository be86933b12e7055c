import ArgumentParser
import Editing
import LanguageModel
import Ledger
import ObjectModel

/// `rledit train`
struct TrainCommand: SigningVerb {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a hypernetwork on edit records, and keep it in the store.",
    discussion: """
      Records with rephrasings and locality prompts are edited in trajectories of batches, each from \
      the weights of the current commit. After each batch the hypernetwork is rewarded for rephrasings \
      that bring the target and for unrelated prompts answered as before, of this batch and earlier \
      ones; every segment it takes a step. The last records are held back to judge it on, and the best \
      one is kept.

      One seed fixes every bit of the outcome. An interrupted training, even a killed one, goes on \
      where its last checkpoint was when the same command is given again. 'rledit edit --hypernet NAME' \
      edits with what was trained.
      """)

  @Argument(help: .init("The edit records.", valueName: "facts"), completion: .file())
  var facts: String

  @Option(help: .init("What to call it.", valueName: "name"))
  var name = "default"

  @OptionGroup(title: "Method")
  var method: MethodOptions

  @OptionGroup(title: "Training")
  var training: TrainingOptions

  @Option(help: .init("Take only the first records.", valueName: "count"))
  var limit: Int?

  @Option(help: .init("Hold back so many of them, the last, to judge by.", valueName: "count"))
  var validation = 200

  @Option(help: .init("Seconds between checkpoints at least.", valueName: "number"))
  var checkpointSeconds = 60.0

  @Flag(help: "Begin anew where an unfinished training of that name waits.")
  var restart = false

  @Flag(help: "Replace a hypernetwork of that name.")
  var force = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
    guard validation >= 1 else { throw ValidationError("--validation must be at least 1") }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    if !force, try view.materials(.hypernetwork).contains(where: { $0.name == name }) {
      throw LedgerError.materialExists(kind: .hypernetwork, name: name)
    }
    let records = try FactsFile.load(path: facts, limit: limit).records
    guard records.count >= validation + training.batch else {
      throw CommandError.usage(
        "\(Quantity.count(records.count, "record")) do not make a batch beside "
          + "\(validation) to judge by",
        hint: "give more records, or a smaller --validation or --batch")
    }
    let head = try repository.resolve(nil, in: view)
    let session = try ModelSession(head.commit.model, in: repository)
    let settings = training.settings(singleBatches: method.method != RLEdit.method)
    var materials = EditingMaterials()
    materials.covariance = try method.covarianceAttachment(for: head.commit, in: view)
    let run = TrainingRun(
      repository: repository, session: session, head: head,
      recipe: try method.recipe(for: session.base.shape).trained(with: settings),
      materials: materials, settings: settings,
      records: Array(records.dropLast(validation)), validation: records.suffix(validation),
      name: name)
    let bar = ProgressBar("training", unit: .items("steps"), on: global.terminal)
    defer { bar.finish() }
    let start = ContinuousClock.now
    let trained = try run.train(
      checkpointSeconds: checkpointSeconds, restarting: restart, replacing: force
    ) { step in
      bar.update(step.step, of: step.steps, detail: TrainingStepReport.detail(step))
      if global.json {
        try global.terminal.printJSONLine(
          TrainingStepReport(step, seconds: (ContinuousClock.now - start) / .seconds(1)))
      }
    }
    bar.finish()
    let report = TrainingReport(name: name, trained)
    if global.json {
      try global.terminal.printJSONLine(report)
    } else {
      try report.print(on: global.terminal)
    }
  }
}

extension Recipe {
  /// The recipe with what training adds to it.
  fileprivate func trained(with settings: TrainingSettings) -> Recipe {
    Recipe(
      method: method, engineVersion: engineVersion, seed: settings.seed,
      hypernetwork: .identity, parameters: parameters + settings.recorded,
      targetModules: targetModules)
  }
}
