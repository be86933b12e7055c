import ArgumentParser
import Ledger
import ObjectModel
import ObjectStore

/// `rledit undo`
struct UndoCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "undo",
    abstract: "Take back the last operation that moved a branch, a tag or HEAD.",
    discussion: """
      Every branch, tag and HEAD goes back to where it was before. Undo again to go further back; \
      'rledit redo' does the operation again. No operations, and so not taken back, are settings of remotes, \
      trusted keys, gc, compact, snapshots and what 'fsck' has mended; 'rledit op log' lists the operations.
      """)

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let undone = try repository.ledger.undo(repository.context())
    try global.terminal.show(
      try undone.report("Undid", in: repository), as: global)
  }
}

/// `rledit redo`
struct RedoCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "redo", abstract: "Do the operation again that was undone last.")

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let redone = try repository.ledger.redo(repository.context())
    try global.terminal.show(
      try redone.report("Did again", in: repository), as: global)
  }
}

extension ReversedOperation {
  fileprivate func report(_ verb: String, in repository: Repository) throws -> MessageReport {
    let head = try repository.ledger.view().head().commit
    let isOfOthers = operation.changes.allSatisfy {
      $0.name.text.hasPrefix(LedgerNames.remotePrefix)
    }
    let place =
      isOfOthers
      ? "; the other store keeps what it has" : head.map { "; HEAD is at \($0.short)" } ?? ""
    return MessageReport(
      "\(verb) operation \(number): \(operation.command)\(place)", commit: head?.hex,
      operation: number)
  }
}
