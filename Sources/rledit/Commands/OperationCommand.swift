import ArgumentParser
import Ledger
import ObjectStore

/// `rledit op`
struct OperationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "op", abstract: "Look at the operations on this store.",
    subcommands: [OperationLogCommand.self])
}

/// `rledit op log`
struct OperationLogCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "List operations, the newest first, with what they moved.")

  @OptionGroup
  var list: ListLimit

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let view = try Repository.open(global).ledger.view()
    try global.terminal.show(
      OperationLogReport(
        operations: view.operations(limit: list.limit ?? .max).map { .init($0, $1) }),
      as: global)
  }
}
