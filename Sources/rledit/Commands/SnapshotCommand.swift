import ArgumentParser
import Ledger
import ModelStore
import ObjectModel
import ObjectStore

/// `rledit snapshot`
struct SnapshotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Keep states of long histories at hand.",
    discussion: """
      Weights at a commit are the base with every delta of its chain applied. Commands that commit keep \
      the edited matrices now and then, so that the next one need not begin at the base: wherever the \
      factors since the last snapshot take \(SnapshotPolicy.factorBytesPerStateByte) times the room of \
      the matrices. Commands that edit keep the running statistics in the same way, every so many edits. \
      Snapshots are made from the history and checked by their digests; dropping them \
      loses time and nothing else, and they do not travel to other stores.
      """,
    subcommands: [
      SnapshotListCommand.self, SnapshotMakeCommand.self, SnapshotDropCommand.self,
    ], defaultSubcommand: SnapshotListCommand.self)
}

/// `rledit snapshot list`
struct SnapshotListCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the snapshots, by model and length.")

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    try global.terminal.show(
      SnapshotReport(repository.store.snapshot().stateSnapshots()), as: global)
  }
}

/// `rledit snapshot make`
struct SnapshotMakeCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "make", abstract: "Make those that are due on the way to a commit, and its own.",
    discussion: "For a history that came from elsewhere, or whose snapshots were dropped.")

  @Argument(help: .init("By default the current commit.", valueName: "revision"))
  var revision: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let commit = try repository.resolve(revision, in: repository.ledger.view()).commit
    let bar = ProgressBar("deriving", unit: .items("deltas"), on: global.terminal)
    defer { bar.finish() }
    let made = try repository.materializer.keepSnapshots(along: commit, itself: true) {
      bar.update($0, of: $1)
    }
    bar.finish()
    try global.terminal.show(
      SnapshotReport(made, none: "Nothing to make: that state is at hand."), as: global)
  }
}

/// `rledit snapshot drop`
struct SnapshotDropCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "drop", abstract: "Drop all snapshots; their room serves what comes next.")

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let dropped = try repository.store.dropStateSnapshots { _ in true }
    let statistics = try repository.store.dropDerivedRecords { _, _ in true }
    try global.terminal.show(
      MessageReport(
        "Dropped \(Quantity.count(dropped, "snapshot")), and statistics kept at "
          + "\(Quantity.count(statistics, "commit"))."),
      as: global)
  }
}

private struct SnapshotReport: Report {
  struct Item: Encodable {
    let model: String
    /// Deltas ever appended below it.
    let deltas: Int
    let matrices: Int
    let bytes: Int
  }

  let snapshots: [Item]
  private let none: String

  private enum CodingKeys: String, CodingKey {
    case snapshots
  }

  init(_ found: [StateSnapshot], none: String = "No snapshots.") {
    self.none = none
    snapshots = found.map {
      Item(
        model: $0.model.hex, deltas: $0.nextSequence, matrices: $0.matrices.count,
        bytes: $0.byteCount)
    }
  }

  func print(on terminal: Terminal) throws {
    guard !snapshots.isEmpty else { return try terminal.print(none) }
    let table = Table(
      header: ["model", "deltas", "matrices", "bytes"],
      rows: snapshots.map {
        [String($0.model.prefix(12)), "\($0.deltas)", "\($0.matrices)", Quantity.bytes($0.bytes)]
      },
      alignsLeft: [true, false, false, false])
    for line in table.lines(on: terminal) { try terminal.print(line) }
  }
}
