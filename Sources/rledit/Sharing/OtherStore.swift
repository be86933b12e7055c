import Foundation
import Ledger
import ModelStore
import ObjectStore
import Tensors

/// Another store, by its name or its location.
struct OtherStore {
  /// What its branches are called after.
  let name: String
  /// The remote that it is; `nil` where only its location is known.
  let remote: String?
  let store: any RemoteStore

  /// Finds it and connects.
  ///
  /// - Parameters:
  ///   - place: a remote's name, or a location.
  ///   - program: what `rledit` is called on another machine, where that is not known otherwise.
  /// - Throws: `LedgerError`, `ObjectStoreError`, ``RemoteFailure``, ``CommandError``.
  init(_ place: String, program: String?, for repository: Repository) throws {
    try self.init(
      Self.find(place, in: repository.ledger.view()), program: program, for: repository)
  }

  /// Connects; throws as ``init(_:program:for:)``.
  init(_ remote: Remote, program: String?, for repository: Repository) throws {
    name = remote.name
    self.remote = try repository.ledger.view().remotes().contains(remote) ? remote.name : nil
    store = try Self.connect(
      to: RemoteLocation(remote.location), program: program ?? remote.program,
      compute: repository.compute)
  }

  /// The remote of a name or a location.
  ///
  /// - Throws: `LedgerError.noSuchRemote(name:suggestions:)`, `ObjectStoreError`,
  ///   ``CommandError/badLocation(_:reason:)``.
  static func find(_ place: String, in view: LedgerView) throws -> Remote {
    let remotes = try view.remotes()
    guard !remotes.contains(where: { $0.name == place }), RemoteLocation.isLocation(place) else {
      return try view.remote(place)
    }
    let location = try RemoteLocation(place).text
    // A location that is a remote's is called like it.
    return remotes.first { $0.location == location } ?? Remote(name: "other", location: location)
  }

  /// - Throws: `ObjectStoreError`, ``RemoteFailure``.
  static func connect(
    to location: RemoteLocation, program: String?, compute: Compute
  ) throws -> any RemoteStore {
    switch location {
    case .directory(let path):
      let store = try ObjectStore.open(at: Self.store(at: path))
      return LocalRemote(
        Ledger(store: store, stateDeriver: Materializer(store: store, compute: compute)))
    case .ssh(let address):
      return try SSHRemote(
        address,
        remoteProgram: program ?? Environment.value("RLEDIT_REMOTE_PROGRAM") ?? "rledit")
    case .rclone(let path): return try StorageRemote(path)
    }
  }

  /// The store at a path: the path itself, or `.rledit` in it.
  static func store(at path: String) -> String {
    let inner = URL(fileURLWithPath: path).appendingPathComponent(StoreLocation.name).path
    return FileManager.default.fileExists(atPath: inner) ? inner : path
  }
}

extension ProgressBar {
  /// How far a transfer has come.
  func carry(_ bytes: Int, of total: Int) throws {
    try Task.checkCancellation()
    update(min(bytes, total), of: total)
  }
}
