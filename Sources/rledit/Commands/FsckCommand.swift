import ArgumentParser
import Ledger
import ObjectStore

/// `rledit fsck`
struct FsckCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "fsck",
    abstract: "Check the whole store, and mend it from another.",
    discussion: """
      Ends with code 1 where it finds a fault, or leaves one. --mend-from gets exactly the objects and \
      chunks that are missing or damaged; each is hashed, by SHA-256 too, before it takes its place, and \
      nothing sound is touched.
      """)

  @Flag(help: "Hash every byte again.")
  var full = false

  @Option(
    help: .init(
      "Put back what is missing or damaged from there: a remote's name, a location (see 'rledit help remote "
        + "add') or a bundle; may be given again. Hashes every byte again, as --full.",
      valueName: "place"))
  var mendFrom: [String] = []

  @OptionGroup
  var options: RemoteOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let terminal = global.terminal
    let repository = try Repository.open(global)
    let places = try mendFrom.map { try MendingPlace($0, for: repository) }
    let isFull = full || !places.isEmpty
    var found = try check(repository, isFull: isFull)
    var mending: MendingReport?
    if !places.isEmpty, !found.isSound {
      (mending, found) = try mend(repository, found, from: places)
    }
    let remotes = try found.store.canReadProperties ? repository.ledger.view().remotes() : []
    try terminal.show(
      FsckReport(found, isFull: isFull, mending: mending, remotes: remotes), as: global)
    guard found.isSound else {
      throw CommandError.checkFailed(
        "the store has \(Quantity.count(found.faults.count, "fault"))",
        hint: FsckHint(found, wasMended: mending != nil, remotes: remotes).text)
    }
  }

  private func check(_ repository: Repository, isFull: Bool) throws -> LedgerReport {
    let bar = ProgressBar("checking", unit: .bytes, on: global.terminal)
    defer { bar.finish() }
    return try repository.ledger.check(full: isFull) { bytes in
      try Task.checkCancellation()
      bar.update(bytes, of: 0)
    }
  }

  private func mend(
    _ repository: Repository, _ found: LedgerReport, from places: [MendingPlace]
  ) throws -> (MendingReport, LedgerReport) {
    let bar = ProgressBar("mending", unit: .bytes, on: global.terminal)
    defer { bar.finish() }
    return try repository.ledger.mend(
      found,
      from: places.map { try $0.connect(program: options.remoteProgram, for: repository) },
      progress: bar.carry)
  }
}
