import ArgumentParser
import Ledger

/// `rledit diff`
struct DiffCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show what makes one state of another: deltas, and changes by tensor.",
    discussion: """
      With one revision, from there to HEAD; with none, from HEAD's parent to HEAD; with A...B, from the \
      nearest common ancestor of both to B.
      """)

  @Argument(help: .init("The state to start from, or a range A..B.", valueName: "a"))
  var first: String?

  @Argument(help: .init("The state to come to; by default HEAD.", valueName: "b"))
  var second: String?

  @Flag(help: "Only the changes by tensor.")
  var stat = false

  @Flag(
    help: """
      Tell of each tensor the singular values and directions of its change and the rows that moved most, \
      and which other commits work on the same inputs.
      """)
  var directions = false

  @Flag(help: "End with code 1 where the states differ.")
  var exitCode = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let (from, to) = try ends(repository, view)
    let report = try DiffReport(
      from: from, to: to, isBrief: stat, hasDirections: directions, in: repository, view)
    try global.terminal.show(report, as: global)
    if exitCode, report.differs { throw CommandError.answerIsNo }
  }

  private func ends(
    _ repository: Repository, _ view: LedgerView
  ) throws -> (ResolvedCommit, ResolvedCommit) {
    if let first, let range = try view.resolveSymmetricRange(first) {
      guard second == nil else {
        throw CommandError.usage(
          "a range and a second revision do not go together", hint: "write A...B, or A B")
      }
      guard let base = range.bases.first, range.bases.count == 1 else {
        throw CommandError.usage(
          "\(Wording.quoted(first)) has \(range.bases.count) nearest common ancestors, and a "
            + "difference starts from one",
          hint: "name the one you mean: 'rledit diff REVISION \(range.second.short)'")
      }
      return (try ResolvedCommit(base, in: view), try ResolvedCommit(range.second, in: view))
    }
    if let first, let range = try view.resolveRange(first) {
      guard second == nil else {
        throw CommandError.usage(
          "a range and a second revision do not go together", hint: "write A..B, or A B")
      }
      return (
        try ResolvedCommit(range.excluded, in: view), try ResolvedCommit(range.included, in: view)
      )
    }
    return (
      try repository.resolve(first ?? "HEAD~1", in: view),
      try repository.resolve(second, in: view)
    )
  }
}
