import ArgumentParser
import Foundation
import Glibc
import Ledger
import ObjectStore
import SystemPackage

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
    try makeDirectories(parent)
    return URL(fileURLWithPath: parent).standardizedFileURL
      .appendingPathComponent(StoreLocation.name).path
  }

  /// Makes a directory and those above it, where they are missing. By hand, since Foundation does not
  /// tell the system's reason reliably.
  private func makeDirectories(_ path: String) throws {
    if mkdir(path, 0o777) == 0 { return }
    let reason = errno
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    let parent = FilePath(path).removingLastComponent()
    guard reason == ENOENT, !parent.isEmpty, parent != FilePath(path) else {
      throw CommandError.cannotMakeDirectory(path: path, errno: reason)
    }
    try makeDirectories(parent.string)
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw CommandError.cannotMakeDirectory(path: path, errno: errno)
    }
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
