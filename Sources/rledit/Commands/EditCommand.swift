import ArgumentParser
import Editing
import LanguageModel
import Ledger
import ObjectModel

/// `rledit edit`
struct EditCommand: SigningVerb {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Edit facts into the model: one commit for each batch.",
    discussion: """
      FACTS is a file or pipe of edit records: JSON lines or a JSON array of {"prompt", "subject", \
      "target", "rephrase": […], "locality": [{"prompt", "target"}…]}, or of records as they are \
      published: CounterFact (nested or flat), zsRE and FEVER (MEND's, MALMEN's or RLEdit's files), \
      KnowEdit (ZsRE, Wikirecent, Wikicounterfact, WikiBio). Records that ask for the same fact \
      again are told before anything is edited. \
      Each commit records its edits, the recipe that made its delta, and the loss and efficacy \
      before and after. An interrupted run keeps the commits that it has made.
      Thousands of edits come to undo earlier ones. --rehearse looks at earlier facts along the way and edits \
      those again that were lost, in commits of their own. The facts are those of the chain's commits, so that \
      a run looks after what earlier runs have edited, too.
      """)

  @Argument(help: "The edit records.", completion: .file())
  var facts: String

  @OptionGroup(title: "Method")
  var method: MethodOptions

  @Option(help: .init("Edits in one batch, and so in one commit.", valueName: "count"))
  var batch = 5

  @Option(help: .init("Edit only the first records.", valueName: "count"))
  var limit: Int?

  @Option(
    help: .init(
      """
      After each batch look at about so many facts of earlier ones, in turn, and edit again those that do not \
      hold any more; 0 looks at none.
      """, valueName: "count"))
  var rehearse = 0

  @Option(
    help: .init(
      "Records whose prompts should stay as they are, except those being edited.",
      valueName: "facts"),
    completion: .file())
  var preserve: String?

  @Option(
    help: .init(
      "Records that edit one fact to different targets: 'warn' of them, or 'refuse' the file.",
      valueName: "warn|refuse"))
  var conflicts = ConflictPolicy.warn

  @Option(name: [.short, .long], help: .init("The commits' message.", valueName: "text"))
  var message: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    guard (1...10_000).contains(batch) else {
      throw ValidationError("--batch must lie between 1 and 10000")
    }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
    guard (0...10_000).contains(rehearse) else {
      throw ValidationError("--rehearse must lie between 0 and 10000")
    }
  }

  func run() throws {
    let terminal = global.terminal
    let repository = try Repository.open(global)
    let file = try FactsFile.load(path: facts, limit: limit)
    let records = file.records
    let repetitions = FactsConflicts(in: file.entries)
    for line in file.warnings(of: repetitions) { terminal.warn(line) }
    if conflicts == .refuse { try repetitions.requireNoConflict(path: file.path) }
    let kept = try preserve.map { try FactsFile.load(path: $0, limit: nil).records } ?? []
    let head = try repository.resolve(nil, in: repository.ledger.view())
    let session = try ModelSession(head.commit.model, in: repository)
    let network = try method.trainedHypernetwork(
      for: head.commit, in: repository.ledger.view())
    let recipe = try method.recipe(for: session.base.shape, trained: network)
    let bar = ProgressBar("editing", unit: .items("edits"), on: terminal)
    defer { bar.finish() }
    bar.update(0, of: records.count, detail: "making the editor")
    let prompts = PreservedPrompts(of: kept, without: records)
    var materials = EditingMaterials()
    materials.preserved = try prompts.store(in: repository.store)
    materials.covariance =
      try method.covarianceAttachment(for: head.commit, in: repository.ledger.view())
      ?? network?.commit.attachments[EditingMaterials.covarianceName]
    let editor = try EditorCatalogue.editor(
      for: recipe, materials: materials.load(for: recipe, session, in: repository.store),
      base: session.base)
    guard kept.isEmpty || editor.readsPreservedPrompts else {
      throw CommandError.usage(
        "\(recipe.method) does not look at --preserve with these settings",
        hint: "rledit, ultraedit and malmen do, where neither earlier nor general keys are weighed")
    }
    let needsCovariance = try EditorCatalogue.method(named: recipe.method).needsCovariance
    guard method.covariance == nil || needsCovariance || editor.readsCovariance
    else {
      throw CommandError.usage(
        "\(recipe.method) reads no covariance with these settings",
        hint: "leave --covariance out, or weigh it by --set covariance-weight=…")
    }

    var report = EditReport(edits: records.count, preservedPrompts: prompts.prompts.count)
    let run = EditRun(
      repository: repository, session: session, editor: editor,
      attachments: materials.attachments,
      rehearsal: rehearse > 0 ? Rehearsal(count: rehearse) : nil)
    do {
      try run.edit(records, on: head, batchSize: batch) { number, count, batch in
        title(number, of: count, batch)
      } progress: { done, event in
        var detail = ""
        switch event {
        case nil: break
        case .edited(let step):
          report.commits.append(EditReport.CommitLine(step))
          detail = "loss \(Quantity.fixed(step.outcome.lossAfter, 3))"
        case .looked(let look):
          report.note(look)
          detail = "\(look.lost) of \(look.visited) looked at were lost"
        }
        bar.update(done, of: records.count, detail: detail)
      }
    } catch {
      // The commits made before stay, so they are told.
      bar.finish()
      if !report.commits.isEmpty { try terminal.show(report, as: global) }
      throw error
    }
    bar.finish()
    try terminal.show(report, as: global)
  }

  private func title(_ number: Int, of count: Int, _ batch: ArraySlice<EditRecord>) -> String {
    let all = Wording.subjects(of: batch)
    guard let message else { return "Edit \(all)" }
    return count == 1 ? message : "\(message) (\(number) of \(count): \(all))"
  }
}
