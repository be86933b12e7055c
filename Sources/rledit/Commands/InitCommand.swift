import ArgumentParser
import Foundation
import Glibc
import Ledger
import ObjectStore

/// `rledit init`
struct InitCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make an empty store.",
    discussion: """
      The store is the directory .rledit in DIR (by default here), or the very path given with \
      --store or RLEDIT_STORE where no DIR is given. It is readable by you alone.
      """)

  @Argument(
    help: .init("The directory to keep the store in; made where it is missing.", valueName: "dir"),
    completion: .directory)
  var directory: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let path = try storePath()
    let store = try makeStore(at: path)
    let ledger = Repository(store: store, compute: try global.compute()).ledger
    do {
      try ledger.begin()
    } catch LedgerError.alreadyALedger {
      throw ObjectStoreError.alreadyAStore(path: path)
    }
    try global.terminal.show(InitReport(store: path), as: global)
  }

  private func storePath() throws -> String {
    if directory == nil, let chosen = global.store ?? Environment.value("RLEDIT_STORE") {
      return chosen
    }
    let parent = directory ?? "."
    do {
      try FileManager.default.createDirectory(
        atPath: parent, withIntermediateDirectories: true)
    } catch {
      throw CommandError.cannotMakeDirectory(path: parent, errno: errno)
    }
    return URL(fileURLWithPath: parent).standardizedFileURL
      .appendingPathComponent(StoreLocation.name).path
  }

  /// A store whose making was cut off before it had a history is finished, not refused.
  private func makeStore(at path: String) throws -> ObjectStore {
    do {
      return try ObjectStore.create(at: path)
    } catch ObjectStoreError.alreadyAStore {
      return try ObjectStore.open(at: path)
    }
  }
}

private struct InitReport: Report {
  let store: String

  func print(on terminal: Terminal) throws {
    try terminal.print("Made an empty store in \(store)")
  }
}
