import ArgumentParser
import Ledger

/// `rledit show`
struct ShowCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a commit: its story, its facts and what it changed, by tensor.")

  @Argument(help: .init("The commit; by default HEAD.", valueName: "revision"))
  var revision: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let entry = try repository.resolve(revision, in: view)
    try global.terminal.show(
      ShowReport(entry, in: repository, view), as: global)
  }
}
