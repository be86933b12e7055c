import ArgumentParser
import Glibc
import Ledger
import ObjectStore

/// `rledit gc`
struct CollectCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Take out of the store what nothing leads to any more.",
    discussion: """
      Kept is what branches, tags, HEAD, hypernetworks, covariances and the marks of a search lead to, and \
      what the operations of the last --operations moved them from and to, so that 'undo', 'op restore' and \
      '@{n}' reach that far. What nothing leads to is noted when it is first seen, and goes when that was \
      --grace ago. Snapshots of states that no branch, tag or HEAD goes on from go at once. Other commands may run \
      meanwhile.

      The room serves what comes next; 'rledit compact' gives it back to the disk.
      """)

  @Flag(help: "Say what would be taken out, and change nothing.")
  var dryRun = false

  @Option(
    help: .init("How long to keep what was found to be of no use.", valueName: "time"))
  var grace = Span.days(14)

  @Option(
    help: .init("For how long operations can be undone.", valueName: "time"))
  var operations = Span.days(90)

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let now = Int(time(nil))
    let found = try repository.ledger.collect(
      grace: grace.seconds, operations: operations.seconds, now: now, dryRun: dryRun)
    try global.terminal.show(CollectReport(found, isDryRun: dryRun, now: now), as: global)
  }
}

private struct CollectReport: Report {
  struct Amount: Encodable {
    let objects: Int
    let chunks: Int
    let bytes: Int

    init(_ amount: CollectionReport.Amount) {
      objects = amount.objects
      chunks = amount.chunks
      bytes = amount.bytes
    }

    var wording: String {
      "\(Quantity.count(objects, "object")) and \(Quantity.count(chunks, "chunk")), "
        + Quantity.bytes(bytes)
    }

    var isEmpty: Bool { objects + chunks == 0 }
  }

  let dryRun: Bool
  let removed: Amount
  let waiting: Amount
  let kept: Amount
  /// Snapshots of states that were dropped, or would be.
  let snapshots: Int
  /// When the first of what waits may go.
  let nextDue: String?
  private let secondsToWait: Int

  private enum CodingKeys: String, CodingKey {
    case dryRun, removed, waiting, kept, snapshots, nextDue
  }

  init(_ found: CollectionReport, isDryRun: Bool, now: Int) {
    dryRun = isDryRun
    removed = Amount(found.removed)
    waiting = Amount(found.waiting)
    kept = Amount(found.kept)
    snapshots = found.idleSnapshots
    nextDue = found.nextDue.map { Quantity.timestamp($0) }
    secondsToWait = max(0, (found.nextDue ?? now) - now)
  }

  func print(on terminal: Terminal) throws {
    if removed.isEmpty {
      try terminal.print(dryRun ? "Nothing would be taken out." : "Nothing to take out.")
    } else {
      try terminal.print("\(dryRun ? "Would take" : "Took") out \(removed.wording).")
    }
    if !waiting.isEmpty {
      let days = Double(secondsToWait) / 86_400
      let span = days >= 2 ? "\(Int(days)) days" : Quantity.seconds(Double(secondsToWait))
      try terminal.print("Waiting: \(waiting.wording); the first may go in \(span).")
    }
    if snapshots > 0 {
      try terminal.print(
        "\(dryRun ? "Would drop" : "Dropped") \(Quantity.count(snapshots, "snapshot")) of states.")
    }
    try terminal.print("Kept: \(kept.wording).")
    if !removed.isEmpty, !dryRun {
      try terminal.print(
        terminal.styled("'rledit compact' gives the room back to the disk.", .faint))
    }
  }
}
