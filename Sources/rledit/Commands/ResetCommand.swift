import ArgumentParser
import Ledger
import ObjectModel

/// `rledit reset`
struct ResetCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "reset",
    abstract: "Take the current branch to another commit.",
    discussion:
      "'rledit undo' brings the commits left behind back, until 'rledit gc' has taken them out.")

  @Argument(help: .init("The commit to go to.", valueName: "revision"))
  var revision: String

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let target = try repository.resolve(revision, in: repository.ledger.view())
    try repository.ledger.reset(to: target.id, repository.context())
    try global.terminal.show(
      MessageReport(
        "Reset to \(target.id.short) \(target.commit.subject)", commit: target.id.hex),
      as: global)
  }
}
