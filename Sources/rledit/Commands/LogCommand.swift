import ArgumentParser
import Ledger
import ObjectModel

/// `rledit log`
struct LogCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "List commits, the newest first.",
    discussion: """
      A revision stands for its whole history; ^A leaves out what A has; A..B is what B has and A has not, \
      A...B what one of them has and the other has not.
      """)

  @Argument(help: .init("Revisions or ranges; by default HEAD.", valueName: "revision"))
  var revisions: [String] = []

  @Flag(help: "Start from every branch and tag, those of other stores among them.")
  var all = false

  @Flag(help: "Draw how commits follow from one another.")
  var graph = false

  @Flag(help: "One line a commit.")
  var oneline = false

  @Option(help: .init("Only commits whose message has this text.", valueName: "text"))
  var grep: String?

  @Option(
    help: .init(
      "Only commits that edit a fact about this subject, or part of it.", valueName: "text"))
  var subject: String?

  @Option(
    help: .init(
      "Only commits that add or take out a change of this tensor, with or without .weight.",
      valueName: "name"))
  var tensor: String?

  @OptionGroup
  var list: ListLimit

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    var included: [CommitID] = []
    var excluded: [CommitID] = []
    for text in revisions {
      if text.hasPrefix("^") {
        excluded.append(try view.resolve(String(text.dropFirst())))
      } else if let range = try view.resolveSymmetricRange(text) {
        included += [range.first, range.second]
        excluded += range.bases
      } else if let range = try view.resolveRange(text) {
        included.append(range.included)
        excluded.append(range.excluded)
      } else {
        included.append(try view.resolve(text))
      }
    }
    if all {
      included += try (view.branches() + view.tags() + view.remoteBranches()).map(\.commit)
      if let head = try view.head().commit { included.append(head) }
    } else if included.isEmpty {
      included = [try view.headCommit()]
    }
    let filter = LogFilter(
      message: grep, subject: subject,
      tensor: try tensor.map { try LogFilter.tensor(written: $0, at: included, in: view) })
    guard filter.isEmpty || !graph else {
      throw CommandError.usage(
        "--graph needs all commits, and --grep, --subject and --tensor leave some out",
        hint: "leave --graph out")
    }
    let limit = list.limit ?? .max
    // Only JSON tells of signatures, which take time to judge.
    let format = LogFormat(
      decorations: try Decorations(view), isBrief: oneline,
      signers: try global.json ? repository.signers.read() : nil, view: view)
    if graph {
      let entries = try view.log(from: included, excluding: excluded).prefix(limit)
      return try global.terminal.show(
        GraphReport(entries: Array(entries), format: format), as: global)
    }
    let (starts, hidden) = (included, excluded)
    try global.terminal.show(
      LogReport(format: format) { body in
        var count = 0
        func pass(_ entry: LogEntry) throws -> Bool {
          guard count < limit else { return false }
          try Task.checkCancellation()
          guard try filter.matches(entry.commit, in: view) else { return true }
          count += 1
          try body(entry)
          return count < limit
        }
        guard limit > 0 else { return }
        // What a range leaves out is known only when all of it has been walked.
        guard hidden.isEmpty else {
          for entry in try view.log(from: starts, excluding: hidden) {
            guard try pass(entry) else { return }
          }
          return
        }
        try view.forEachCommit(from: starts, pass)
      }, as: global)
  }
}
