import ArgumentParser
import Ledger
import ModelStore
import ObjectModel

/// `rledit replay`
struct ReplayCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Derive the weights of every commit again and compare them with the record.",
    discussion: """
      --verify, the default, starts from the base weights and applies the stored deltas; the digests \
      must be those that the commits recorded. --regenerate computes the deltas themselves again \
      from the recorded recipes; their ids must be the same. Ends with code 1 where anything differs.
      """)

  @Argument(help: .init("A history or a range A..B; by default HEAD's.", valueName: "revision"))
  var revision: String?

  @Flag(help: "Derive the weights (the default).")
  var verify = false

  @Flag(help: "Compute the deltas again from the recipes.")
  var regenerate = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let terminal = global.terminal
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let entries = try history(view)
    var report = ReplayReport()
    if verify || !regenerate {
      report.commits = try replay(entries, in: repository, terminal)
    }
    if regenerate {
      let bar = ProgressBar("regenerating", unit: .items("commits"), on: terminal)
      defer { bar.finish() }
      report.regenerated = try rledit.regenerate(entries, in: repository) {
        bar.update($0.done, of: $0.total, detail: $0.id.short)
      }.map { .init($0) }
    }
    try terminal.show(report, as: global)
    guard report.agrees else {
      throw CommandError.checkFailed(
        "the replay differs from the record",
        hint: "'rledit fsck --full' and 'rledit verify' tell whether the store is damaged")
    }
  }

  /// The commits to replay, newest first.
  private func history(_ view: LedgerView) throws -> [LogEntry] {
    guard let revision else { return try view.log(from: [view.headCommit()]) }
    if let range = try view.resolveRange(revision) {
      return try view.log(from: [range.included], excluding: [range.excluded])
    }
    return try view.log(from: [view.resolve(revision)])
  }

  private func replay(
    _ entries: [LogEntry], in repository: Repository, _ terminal: Terminal
  ) throws -> [ReplayReport.Commit] {
    let subjects = Dictionary(entries.map { ($0.id, $0.commit.subject) }) { first, _ in first }
    let bar = ProgressBar("replaying", unit: .items("commits"), on: terminal)
    defer { bar.finish() }
    var commits: [ReplayReport.Commit] = []
    _ = try HistoryReplay(store: repository.store, compute: repository.compute).verify(
      entries.map(\.id)
    ) { commit in
      commits.append(.init(commit, subject: subjects[commit.id] ?? ""))
      bar.update(commit.done, of: commit.total, detail: commit.id.short)
    }
    return commits
  }
}
