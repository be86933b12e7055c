import ArgumentParser
import Ledger
import ObjectModel
import ObjectStore

/// `rledit op`
struct OperationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "op", abstract: "Look at the operations on this store, and go back to any.",
    subcommands: [OperationLogCommand.self, OperationRestoreCommand.self])
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

/// `rledit op restore`
struct OperationRestoreCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Take every branch, tag and HEAD to where they were after an operation.",
    discussion: "That is an operation, too, so 'rledit undo' takes it back.")

  @Argument(help: .init("The operation; 0 is before the first.", valueName: "number"))
  var number: Int

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let moved = try repository.ledger.restore(operation: number, repository.context())
    let head = try repository.ledger.view().head()
    try global.terminal.show(
      MessageReport(
        moved
          ? "Everything is as after operation \(number); HEAD is \(head.name)"
          : "Everything is as after operation \(number) already",
        commit: head.commit?.hex, name: head.name, operation: number),
      as: global)
  }
}

/// `rledit reflog`
struct ReflogCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "reflog", abstract: "List where a branch or HEAD has been, the newest first.",
    discussion: "'main@{n}' names these commits; moves that left it where it was count once there.")

  @Argument(help: .init("A branch, or HEAD.", valueName: "name"))
  var name = "HEAD"

  @OptionGroup
  var list: ListLimit

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let view = try Repository.open(global).ledger.view()
    let moves = try view.pastMoves(of: name).prefix(list.limit ?? .max)
    try global.terminal.show(try ReflogReport(name: name, Array(moves), in: view), as: global)
  }
}
