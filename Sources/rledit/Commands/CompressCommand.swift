import ArgumentParser
import Editing
import Ledger
import ModelStore
import ObjectModel

/// `rledit compress`
struct CompressCommand: SigningVerb {
  static let configuration = CommandConfiguration(
    commandName: "compress",
    abstract: "Put one delta of lower rank in the place of many, to a stated tolerance.",
    discussion: """
      Of every matrix, the deltas appended since the revision become one of the lowest rank that is no \
      further from their sum than the tolerance, a share of its Frobenius norm. Where one adds numbers to \
      single elements of a tensor or replaces it as a whole, that stays as it is, and what comes before and \
      after it are compressed each by itself. That is a new commit on \
      top: the ones before stay, and reverting it brings their deltas back. From it on, single edits can no \
      longer be taken out. Measure what it changed with 'rledit eval'; 'rledit squash' changes nothing.
      """)

  @Argument(
    help: .init(
      "The commit whose deltas are to stay as they are; by default the import.",
      valueName: "revision"))
  var revision: String?

  @Option(help: .init("The error at most, as a share of the change.", valueName: "share"))
  var tolerance = 0.01

  @Option(name: [.short, .long], help: .init("The new commit's message.", valueName: "text"))
  var message: String?

  @Flag(help: "Say what would become of it, and change nothing.")
  var dryRun = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    guard tolerance >= 0, tolerance < 1 else {
      throw ValidationError("--tolerance must lie between 0 and 1")
    }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let base = try revision.map { try repository.resolve($0, in: view).id } ?? root(in: view)
    guard try base != view.headCommit() else {
      throw CommandError.usage(
        "nothing was appended since \(base.short)", hint: "give an earlier revision")
    }
    let plan = try view.squashPlan(since: base)
    let model = try repository.materializer.model(view.commit(plan.head).model)
    let whole = try repository.store.joining(plan.appended.map(\.delta), for: model)
    let bar = ProgressBar("compressing", unit: .items("tensors"), on: global.terminal)
    defer { bar.finish() }
    var parts: [(tensor: String, delta: Int, part: CompressedUpdate)] = []
    let total = whole.reduce(0) { $0 + $1.lowRankUpdates.count }
    let low = try whole.enumerated().map { number, joined in
      try joined.replacingLowRank { update in
        try Task.checkCancellation()
        let part = try CompressedUpdate(update, tolerance: tolerance, compute: repository.compute)
        parts.append((update.tensor, number + 1, part))
        bar.update(parts.count, of: total)
        return part.update
      }
    }
    bar.finish()
    var report = CompressReport(parts, low, deltas: plan.appended.count, isDryRun: dryRun)
    guard report.bytesAfter < report.bytesBefore else {
      throw CommandError.usage(
        "the \(Quantity.count(plan.appended.count, "delta")) cannot be made smaller at this tolerance",
        hint: "give a larger --tolerance, or an earlier revision")
    }
    if !dryRun {
      report.commit = try commit(plan, low, of: model, report, repository, view).hex
    }
    try global.terminal.show(report, as: global)
  }

  private func root(in view: LedgerView) throws -> CommitID {
    var commit = try view.headCommit()
    while let parent = try view.commit(commit).parents.first { commit = parent }
    return commit
  }

  private func commit(
    _ plan: SquashPlan, _ low: [JoinedDelta], of model: StoredModel, _ report: CompressReport,
    _ repository: Repository, _ view: LedgerView
  ) throws -> CommitID {
    let parts = try plan.storing(low) { try repository.store.store($0, for: model) }
    let history = try EditingHistory(leadingTo: [plan.head], in: view, of: repository.store)
    return try repository.ledger.compress(
      plan,
      CommitDraft(
        deltas: parts.map(\.delta), operation: .compress,
        message: message ?? "Compress \(Quantity.count(plan.appended.count, "delta"))",
        edits: view.records(of: plan.appended, in: plan.head),
        attachments: history.contributions(of: parts),
        metrics: [
          Commit.Metric(name: "compression.error", value: report.relativeError),
          Commit.Metric(name: "compression.tolerance", value: tolerance),
        ]),
      repository.context())
  }
}

private struct CompressReport: Report {
  struct Tensor: Encodable {
    let tensor: String
    /// The new delta that it is a part of, from 1; there may be several, one after the other.
    let delta: Int
    let rankBefore: Int
    let rankAfter: Int
    /// Of the change by these factors, as they are stored.
    let relativeError: Double
  }

  /// The new commit; none in a dry run.
  var commit: String?
  let dryRun: Bool
  let deltas: Int
  let deltasAfter: Int
  /// Of all numbers, also of those that are left as they are.
  let bytesBefore: Int
  let bytesAfter: Int
  /// Of the changes by factors, all together.
  let relativeError: Double
  let tensors: [Tensor]

  init(
    _ parts: [(tensor: String, delta: Int, part: CompressedUpdate)], _ low: [JoinedDelta],
    deltas: Int, isDryRun: Bool
  ) {
    dryRun = isDryRun
    self.deltas = deltas
    deltasAfter = low.count { !$0.parts.isEmpty }
    bytesBefore = low.reduce(0) { $0 + $1.sourceBytes }
    bytesAfter = low.flatMap(\.parts).reduce(0) { $0 + $1.byteCount }
    let errors = parts.reduce(0) { $0 + $1.part.error * $1.part.error }
    let squares = parts.reduce(0) { $0 + $1.part.norm * $1.part.norm }
    relativeError = squares > 0 ? (errors / squares).squareRoot() : 0
    tensors = parts.map { tensor, delta, part in
      Tensor(
        tensor: tensor, delta: delta, rankBefore: part.formerRank,
        rankAfter: part.update?.rank ?? 0,
        relativeError: part.norm > 0 ? part.error / part.norm : 0)
    }
  }

  func print(on terminal: Terminal) throws {
    let table = Table(
      header: ["tensor", "rank", "now", "error"],
      rows: tensors.map {
        [
          $0.tensor, String($0.rankBefore), String($0.rankAfter),
          Quantity.percent($0.relativeError),
        ]
      },
      alignsLeft: [true, false, false, false])
    for line in table.lines(on: terminal) { try terminal.print(line) }
    let head = commit.map { "\($0.prefix(12)) " } ?? "Would make "
    try terminal.print(
      head
        + "\(Quantity.count(deltas, "delta")) of \(Quantity.bytes(bytesBefore)) \(deltasAfter == 1 ? "one" : String(deltasAfter)) of "
        + "\(Quantity.bytes(bytesAfter)), \(Quantity.percent(relativeError)) off")
  }
}
