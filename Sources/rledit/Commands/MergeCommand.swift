import ArgumentParser
import Editing
import Ledger
import ModelStore
import ObjectModel

extension MergeStrategy: ExpressibleByArgument {}
extension MergePreference: ExpressibleByArgument {}

/// `rledit merge`
struct MergeCommand: SigningVerb {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Join another history into the current one.",
    discussion: """
      An edit is in the merge where both sides have it, or where one has brought it in since the common \
      ancestor; what either side has taken out since is out. Their edits come after ours, and the \
      weights are those of a line on which all was done in that order.

      Strategies: append, as above; average, each side's own edits at half their size, which a tensor \
      replaced as a whole has not; ours and theirs, that side's state.

      Two sides are at odds where they answer one prompt about one subject differently, and where their \
      edits answer to much the same inputs of a matrix. Such conflicts are told before anything is \
      written, with code 18; --prefer says which side's commits stay. What goes with the others can be \
      written to a file by --lost and edited in again.
      """)

  static let standardOverlapLimit = 0.8

  @Argument(
    help: .init("The history to join: a branch or another revision.", valueName: "revision"))
  var revision: String

  @Option(help: .init("How to make one chain of two.", valueName: "name"))
  var strategy: MergeStrategy = .append

  @Option(help: .init("Whose commits stay where two are at odds.", valueName: "side"))
  var prefer: MergePreference?

  @Option(
    help: .init(
      "The overlap of key subspaces from which edits are at odds; 1 looks for none.",
      valueName: "0…1"))
  var overlapLimit = standardOverlapLimit

  @Option(
    help: .init("Write the records that --prefer leaves out to this file.", valueName: "file"),
    completion: .file())
  var lost: String?

  @Option(name: [.short, .long], help: .init("The merge's message.", valueName: "text"))
  var message: String?

  @Flag(name: .customLong("no-ff"), help: "Make a commit even where the branch could move forward.")
  var alwaysCommits = false

  @Flag(help: "Tell what would be done, end with the code that it would, and do nothing.")
  var dryRun = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    guard (0...1).contains(overlapLimit) else {
      throw ValidationError("--overlap-limit must lie between 0 and 1")
    }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let theirs = try repository.resolve(revision, in: view)
    guard let ours = try view.head().commit else {
      return try begin(at: theirs, in: repository, view)
    }
    let plan = try view.mergePlan(ours: ours, theirs: theirs.id)
    var request = MergeRequest(
      strategy: strategy, message: message, name: revision, alwaysCommits: alwaysCommits)
    var report = MergeReport(plan, strategy, dryRun: dryRun)
    var lostRecords: [EditRecord]?
    // A side that is taken whole is not at odds with anything.
    if strategy == .append || strategy == .average, !plan.isUpToDate, !plan.isFastForward {
      let conflicts = try MergeConflicts(
        of: plan, overlapLimit: overlapLimit, in: repository, view)
      let records = conflicts.lostRecords(prefer ?? .both)
      request.leavingOut = conflicts.losers(prefer ?? .both)
      report.add(conflicts, lost: records, leftOut: request.leavingOut.count)
      guard conflicts.isEmpty || prefer != nil else {
        try global.terminal.show(report, as: global)
        throw CommandError.conflicts(
          facts: conflicts.facts.count, overlaps: conflicts.overlaps.count)
      }
      lostRecords = records
    }
    let own = plan.entries(without: request.leavingOut)
    let halved = strategy == .average ? own.ours + own.theirs : []
    for entry in halved { try repository.store.requireHalf(of: entry.delta) }
    report.add(try repository.ledger.effect(of: plan, request))
    if dryRun { return try global.terminal.show(report, as: global) }
    if let lost, let lostRecords { try RecordFile.write(lostRecords, to: lost) }
    if strategy == .average {
      let model = try repository.materializer.model(theirs.commit.model)
      for entry in halved where request.halves[entry.delta] == nil {
        try Task.checkCancellation()
        request.halves[entry.delta] = try repository.store.storeHalf(of: entry.delta, for: model)
      }
      request.story = try story(of: plan, request, in: repository, view)
    }
    report.finish(try repository.ledger.merge(plan, request, repository.context()))
    try global.terminal.show(report, as: global)
  }

  /// Takes a branch without commits forward, whatever the strategy: there is nothing on its side.
  private func begin(
    at theirs: ResolvedCommit, in repository: Repository, _ view: LedgerView
  ) throws {
    guard !alwaysCommits else {
      throw CommandError.usage(
        "the branch has no commits, so a merge would have one parent",
        hint: "leave --no-ff out: the branch then begins with the other history")
    }
    if !dryRun { try repository.ledger.beginBranch(at: theirs.id, repository.context()) }
    try global.terminal.show(
      MergeReport(
        beginningAt: theirs.id, deltas: view.chain(of: theirs.commit).activeCount, strategy,
        dryRun: dryRun), as: global)
  }

  /// The records and contributions of what halves are made of.
  private func story(
    of plan: MergePlan, _ request: MergeRequest, in repository: Repository, _ view: LedgerView
  ) throws -> CarriedStory {
    let history = try EditingHistory(
      leadingTo: [plan.ours, plan.theirs], in: view, of: repository.store)
    let (ours, theirs) = plan.entries(without: request.leavingOut)
    return CarriedStory(
      edits: try view.records(of: ours, in: plan.ours)
        + view.records(of: theirs, in: plan.theirs),
      attachments: history.contributions(
        of: (ours + theirs).map { (request.halves[$0.delta] ?? $0.delta, [$0]) }))
  }
}

extension MergePlan {
  /// What either side alone brought in that is in the merge.
  fileprivate func entries(
    without leftOut: Set<ChainEntry>
  ) -> (ours: [ChainEntry], theirs: [ChainEntry]) {
    (ourEntries.filter { !leftOut.contains($0) }, theirEntries.filter { !leftOut.contains($0) })
  }
}
