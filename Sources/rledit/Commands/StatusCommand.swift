import ArgumentParser
import Ledger

/// `rledit status`
struct StatusCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the current branch, commit, model and number of edits.")

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    try global.terminal.show(
      StatusReport(repository, repository.ledger.view()), as: global)
  }
}
