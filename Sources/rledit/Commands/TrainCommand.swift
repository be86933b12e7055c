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
    usage: """
      rledit train FACTS [--name NAME] [--method METHOD] [--epochs COUNT] ...
      rledit train --list
      rledit train --delete NAME
      """,
    discussion: """
      Records with rephrasings and locality prompts are edited in trajectories of batches, each from \
      the weights of the current commit. After each batch the hypernetwork is rewarded for rephrasings \
      that bring the target and for unrelated prompts answered as before, of this batch and earlier \
      ones; every segment it takes a step. The last records are held back to judge it on, and the best \
      one is kept.

      One seed fixes every bit of the outcome. An interrupted training, even a killed one, goes on \
      where its last checkpoint was when the same command is given again. 'rledit edit --hypernet NAME' \
      edits with what was trained.

      Step sizes begin, and are learned, as published, which suits a few batches. Over hundreds of edits \
      smaller ones wear a model out less: --step-size 1e-5 --step-size-learning-rate 1e-6, with \
      --locality-reference start, which counts what whole sequences do to other prompts.
      """)

  @Argument(help: .init("The edit records.", valueName: "facts"), completion: .file())
  var facts: String?

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

  @OptionGroup
  var kept: KeptMaterialOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    guard kept.count + (facts == nil ? 0 : 1) == 1 else {
      throw ValidationError("give a file of edit records, or --list, or --delete NAME")
    }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
    guard validation >= 1 else { throw ValidationError("--validation must be at least 1") }
    guard checkpointSeconds >= 0, checkpointSeconds.isFinite else {
      throw ValidationError("--checkpoint-seconds must be a number of at least 0")
    }
    guard method.hypernet == "none" else {
      throw ValidationError("--hypernet is for editing; training begins with a new network")
    }
  }

  var makesCommits: Bool { facts != nil }

  func run() throws {
    let repository = try Repository.open(global)
    if let facts {
      try train(on: facts, in: repository)
    } else {
      try kept.serve(.hypernetwork, in: repository, global)
    }
  }

  private func train(on facts: String, in repository: Repository) throws {
    let view = try repository.ledger.view()
    // Found out before hours are spent, not after.
    try view.requireNew(name, of: .hypernetwork, replacing: force)
    let described = try EditorCatalogue.method(named: method.methodName)
    guard described.hypernetwork != .none else {
      throw CommandError.noHypernetwork(method.methodName)
    }
    let records = try records(of: facts)
    let head = try repository.resolve(nil, in: view)
    let session = try ModelSession(head.commit.model, in: repository)
    let settings = training.settings(singleBatches: described.trainsOnSingleBatches)
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
    var (done, steps) = (0, 0)
    let trained = try run.train(
      checkpointSeconds: checkpointSeconds, restarting: restart, replacing: force,
      beginning: {
        (done, steps) = ($0, $1)
        bar.resume(at: done)
      },
      validating: { batch, batches in
        // It comes before its step is told of, or after the last one.
        let detail = batch < batches ? "batch \(batch + 1) of \(batches)" : "measuring"
        bar.update(min(done + 1, steps), of: steps, detail: "validating, \(detail)")
      },
      progress: { step in
        (done, steps) = (step.step, step.steps)
        bar.update(done, of: steps, detail: TrainingStepReport.detail(step))
        if global.json {
          try global.terminal.printJSONLine(
            TrainingStepReport(step, seconds: (ContinuousClock.now - start) / .seconds(1)))
        }
      })
    bar.finish()
    let report = TrainingReport(name: name, trained)
    if global.json {
      try global.terminal.printJSONLine(report)
    } else {
      try report.print(on: global.terminal)
    }
  }

  /// The records to train with and to judge by, with a word about what is amiss with them.
  private func records(of facts: String) throws -> [EditRecord] {
    let file = try FactsFile.load(path: facts, limit: limit)
    let records = file.records
    for line in file.warnings(of: FactsConflicts(in: file.entries)) { global.terminal.warn(line) }
    guard records.count >= training.batch, validation <= records.count - training.batch else {
      throw CommandError.usage(
        "\(Quantity.count(records.count, "record")): no batch of \(training.batch) beside "
          + "\(validation) to judge by",
        hint: "give more records, or a smaller --validation or --batch")
    }
    let taught = records.dropLast(validation)
    let haveRephrasings = taught.contains { !$0.rephrasings.isEmpty }
    let haveLocality = taught.contains { !$0.locality.isEmpty }
    guard haveRephrasings || haveLocality else {
      throw CommandError.usage(
        "no record to train on has rephrasings or locality prompts, so that there is nothing to reward",
        hint: "give records that have; 'rledit edit' edits others without a hypernetwork")
    }
    if !haveRephrasings {
      global.terminal.warn(
        "no record to train on has rephrasings: nothing rewards that an edit generalises")
    }
    if !haveLocality {
      global.terminal.warn(
        "no record to train on has locality prompts: nothing rewards that others stay")
    }
    let trained = Set(taught.map(Fact.init))
    let known = records.suffix(validation).count { trained.contains(Fact($0)) }
    if known > 0 {
      global.terminal.warn(
        "\(known) of the \(validation) records to judge by ask for facts that are trained on")
    }
    return records
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
