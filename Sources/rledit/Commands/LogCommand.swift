import ArgumentParser
import Ledger
import ObjectModel

/// `rledit log`
struct LogCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "List commits, the newest first.",
    discussion: """
      A revision stands for its whole history; A..B for what B has and A has not; A...B for what one of \
      them has and the other has not.
      """)

  @Argument(help: .init("Revisions or ranges; by default HEAD.", valueName: "revision"))
  var revisions: [String] = []

  @Flag(help: "Start from every branch and tag.")
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
    help: .init("Only commits that add or take out a change of this tensor.", valueName: "name"))
  var tensor: String?

  @OptionGroup
  var list: ListLimit

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let view = try Repository.open(global).ledger.view()
    var included: [CommitID] = []
    var excluded: [CommitID] = []
    for text in revisions {
      if let range = try view.resolveSymmetricRange(text) {
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
      included += try (view.branches() + view.tags()).map(\.commit)
      if let head = try view.head().commit { included.append(head) }
    } else if revisions.isEmpty {
      included = [try view.headCommit()]
    }
    let filter = LogFilter(message: grep, subject: subject, tensor: tensor)
    var entries = try view.log(from: included, excluding: excluded)
    if !filter.isEmpty {
      guard !graph else {
        throw CommandError.usage(
          "--graph needs all commits, and --grep, --subject and --tensor leave some out",
          hint: "leave --graph out")
      }
      entries = try filter.apply(to: entries, limit: list.limit ?? .max, in: view)
    }
    if let limit = list.limit { entries = Array(entries.prefix(limit)) }
    try global.terminal.show(
      LogReport(
        entries: entries, decorations: try Decorations(view), drawsGraph: graph,
        isBrief: oneline),
      as: global)
  }
}
