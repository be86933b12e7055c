import ArgumentParser
import Ledger
import ObjectStore

/// `rledit fsck`
struct FsckCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "fsck",
    abstract: "Check the whole store.",
    discussion: "Ends with code 1 where it finds a fault.")

  @Flag(help: "Hash every byte again.")
  var full = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let terminal = global.terminal
    let repository = try Repository.open(global)
    let bar = ProgressBar("checking", unit: .bytes, on: terminal)
    defer { bar.finish() }
    let found = try repository.ledger.check(full: full) { bytes in
      try Task.checkCancellation()
      bar.update(bytes, of: 0)
    }
    bar.finish()
    try terminal.show(FsckReport(found, isFull: full), as: global)
    guard found.isSound else {
      let isDerived = found.faults.allSatisfy { fault in
        guard case .store(let damaged, _) = fault else { return false }
        return switch damaged.item {
        case .stateSnapshot, .derivedRecord: true
        default: false
        }
      }
      throw CommandError.checkFailed(
        "the store has \(Quantity.count(found.faults.count, "fault"))",
        hint: isDerived
          ? "'rledit snapshot drop' takes them out; what they save is derived again"
          : "fetch the store again from a copy; commits not listed are untouched")
    }
  }
}
