import ArgumentParser
import Ledger
import ObjectModel

/// `rledit bisect`
struct BisectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bisect",
    abstract: "Find the commit that broke something, in as few looks as halving takes.",
    discussion: """
      'find' looks by itself for the commit after which an answer was lost or perplexity passed a limit. \
      'start' begins a search in which you, or a command by 'run', say of one commit after the other \
      whether it is good; HEAD goes from commit to commit until 'reset'.
      """,
    subcommands: [
      BisectFindCommand.self, BisectStartCommand.self, BisectGoodCommand.self,
      BisectBadCommand.self, BisectSkipCommand.self, BisectRunCommand.self,
      BisectResetCommand.self,
    ])
}

/// `rledit bisect start`
struct BisectStartCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Begin a search and go to the first commit to look at.")

  @Argument(help: .init("A commit that is bad.", valueName: "bad"))
  var bad: String

  @Argument(help: .init("Commits that it came from and that are good.", valueName: "good"))
  var good: [String]

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let bisection = Bisection(
      bad: try repository.resolve(bad, in: view).id,
      good: Set(try good.map { try repository.resolve($0, in: view).id }))
    let step = try repository.ledger.beginBisection(bisection, repository.context())
    try global.terminal.show(BisectReport(step, in: repository.ledger.view()), as: global)
  }
}

/// What `good`, `bad` and `skip` share.
private protocol BisectVerdictCommand: Verb {
  static var verdict: BisectVerdict { get }
  var revision: String? { get }
}

extension BisectVerdictCommand {
  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let commit = try repository.resolve(revision, in: view)
    let step = try repository.ledger.judge(commit.id, Self.verdict, repository.context())
    try global.terminal.show(BisectReport(step, in: repository.ledger.view()), as: global)
  }
}

/// `rledit bisect good`
struct BisectGoodCommand: Verb, BisectVerdictCommand {
  static let configuration = CommandConfiguration(
    commandName: "good", abstract: "Say that a commit is good, and go to the next.")
  static let verdict = BisectVerdict.good

  @Argument(help: .init("The commit; by default HEAD.", valueName: "revision"))
  var revision: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions
}

/// `rledit bisect bad`
struct BisectBadCommand: Verb, BisectVerdictCommand {
  static let configuration = CommandConfiguration(
    commandName: "bad", abstract: "Say that a commit is bad, and go to the next.")
  static let verdict = BisectVerdict.bad

  @Argument(help: .init("The commit; by default HEAD.", valueName: "revision"))
  var revision: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions
}

/// `rledit bisect skip`
struct BisectSkipCommand: Verb, BisectVerdictCommand {
  static let configuration = CommandConfiguration(
    commandName: "skip", abstract: "Say that a commit cannot be told, and go to the next.")
  static let verdict = BisectVerdict.skip

  @Argument(help: .init("The commit; by default HEAD.", valueName: "revision"))
  var revision: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions
}

/// `rledit bisect reset`
struct BisectResetCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "reset", abstract: "End a search and go back to where it began.")

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    try repository.ledger.endBisection(repository.context())
    let head = try repository.ledger.view().head()
    try global.terminal.show(
      MessageReport("Back on \(head.name)", commit: head.commit?.hex, name: head.name), as: global)
  }
}
