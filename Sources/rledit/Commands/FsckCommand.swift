import ArgumentParser
import Ledger
import ObjectModel
import ObjectStore

/// `rledit fsck`
struct FsckCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "fsck",
    abstract: "Check the whole store, and mend it from another.",
    discussion: """
      Ends with code 1 where it finds a fault, or leaves one. --mend-from puts back the objects and chunks \
      that are missing or damaged; each is hashed, by SHA-256 too, before it takes its place, and \
      nothing sound is touched.

      A full check notes how far it has come. --resume goes on with one that was interrupted, or that found \
      faults, and hashes again only what was at fault; it does not see damage done since to what was hashed \
      before, so that a check is gone on with for 7 days at most.
      """)

  @Flag(help: "Hash every byte again.")
  var full = false

  @Flag(help: "Go on with the last full check that was interrupted or found faults, as --full.")
  var resume = false

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

  private var hashes: Bool { full || resume || !mendFrom.isEmpty }

  func run() throws {
    let repository = try Repository.open(global)
    do {
      try check(repository)
    } catch is CancellationError {
      let now = repository.context().time
      throw CommandError.checkInterrupted(
        goesOn: hashes && (try? repository.store.interruptedCheck(now: now)) != nil,
        mends: !mendFrom.isEmpty)
    }
  }

  private func check(_ repository: Repository) throws {
    let places = try mendFrom.map { try MendingPlace($0, for: repository) }
    var found = try hashes ? checkEverything(of: repository) : repository.ledger.check(full: false)
    let remotes = try found.store.canReadProperties ? repository.ledger.view().remotes() : []
    var mending: MendingReport?
    var failures: [any Error] = []
    if !places.isEmpty, !found.isSound {
      (mending, found) = try mend(repository, found, from: places) { failures.append($0) }
    }
    let linked = try hashes ? linkedFaults(found.models, repository) : nil
    try global.terminal.show(
      FsckReport(found, isFull: hashes, linked: linked, mending: mending, remotes: remotes),
      as: global)
    guard found.isSound else {
      // Why a place gave nothing says more than that something is left.
      if let failure = failures.first { throw failure }
      throw CommandError.checkFailed(
        "the store has \(Quantity.count(found.faults.count, "fault"))",
        hint: FsckHint(found, isFull: hashes, wasMended: mending != nil, remotes: remotes).text)
    }
    let changed = (linked ?? []).count(where: \.isChanged)
    guard changed == 0 else {
      throw CommandError.checkFailed(
        "the files of \(Quantity.count(changed, "linked model")) are not what was imported",
        hint: "put the original files back, or say where they are by 'rledit relink PATH'")
    }
  }

  private func linkedFaults(
    _ models: Set<ModelID>, _ repository: Repository
  ) throws -> [LinkedModelFault] {
    let bar = ProgressBar("checking linked files", unit: .bytes, on: global.terminal)
    defer { bar.finish() }
    return try LinkedModelFault.all(of: models, in: repository.store) { bar.update($0, of: 0) }
  }

  private func checkEverything(of repository: Repository) throws -> LedgerReport {
    let now = repository.context().time
    let earlier = earlierCheck(of: repository.store, now: now)
    let bar = ProgressBar("checking", unit: .bytes, on: global.terminal)
    defer { bar.finish() }
    return try repository.ledger.checkEverything(resuming: earlier, now: now) { bytes in
      try Task.checkCancellation()
      bar.update(bytes, of: 0)
    }
  }

  /// The check that is to be gone on with. Says what the user might not expect of it.
  private func earlierCheck(of store: ObjectStore, now: Int) -> CheckProgress? {
    func age(_ begun: Int) -> String { Quantity.seconds(Double(now - begun)) }
    let terminal = global.terminal
    do {
      guard let earlier = try store.interruptedCheck(now: now) else {
        if resume {
          terminal.note("There is no check to go on with; this one begins at the beginning.")
        }
        return nil
      }
      guard resume else {
        terminal.note(
          "A check begun \(age(earlier.begun)) ago has hashed \(Quantity.bytes(earlier.bytesHashed)); "
            + "this one begins anew, --resume goes on with it.")
        return nil
      }
      return earlier
    } catch let error as UnusableCheck {
      let reason =
        switch error {
        case .damaged: "its record is damaged"
        case .ofAnotherFile: "the store's file is another one since then"
        case .tooOld(let begun) where begun > now: "it began in the future"
        case .tooOld(let begun): "it began \(age(begun)) ago"
        }
      if resume {
        terminal.warn(
          "the last check cannot be gone on with: \(reason); this one begins at the beginning")
      }
      return nil
    } catch {
      // The check itself will tell.
      return nil
    }
  }

  private func mend(
    _ repository: Repository, _ found: LedgerReport, from places: [MendingPlace],
    failed: (any Error) throws -> Void
  ) throws -> (MendingReport, LedgerReport) {
    let bar = ProgressBar("mending", unit: .bytes, on: global.terminal)
    defer { bar.finish() }
    return try repository.ledger.mend(
      found,
      from: places.map { $0.source(program: options.remoteProgram, for: repository) },
      progress: bar.carry, failed: failed)
  }
}
