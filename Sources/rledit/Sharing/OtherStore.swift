import Foundation
import Ledger
import ModelFiles
import ModelStore
import ObjectModel
import ObjectStore

/// Another store on this machine.
struct OtherStore {
  /// What its branches are called after.
  let name: String
  let ledger: Ledger

  /// - Parameter place: a remote's name, or the path of a store or of a directory with one.
  /// - Throws: `LedgerError`, `ObjectStoreError`.
  init(_ place: String, for repository: Repository) throws {
    let view = try repository.ledger.view()
    let remotes = try view.remotes()
    let path: String
    let isKnown = remotes.contains { $0.name == place }
    if !isKnown, place.contains("/") || FileManager.default.fileExists(atPath: place) {
      let absolute = Self.absolute(place)
      // A path that is a remote's is called like it.
      name = remotes.first { $0.location == absolute }?.name ?? "other"
      path = absolute
    } else {
      let remote = try view.remote(place)
      (name, path) = (remote.name, remote.location)
    }
    let store = try ObjectStore.open(at: Self.store(at: path))
    ledger = Ledger(
      store: store, stateDeriver: Materializer(store: store, compute: repository.compute))
  }

  static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// The store at a path: the path itself, or `.rledit` in it.
  static func store(at path: String) -> String {
    let inner = URL(fileURLWithPath: path).appendingPathComponent(StoreLocation.name).path
    return FileManager.default.fileExists(atPath: inner) ? inner : path
  }
}

/// Carries bundles from one store to another by a file in the store that gets them.
struct Carrier {
  let terminal: Terminal

  /// Writes what `request` names in `source`, and hands a reader of it to `body`.
  ///
  /// - Parameter folder: where the file lies meanwhile.
  /// - Throws: `SharingError`, `ModelFileError`, `ObjectStoreError`, what `body` throws.
  func carry<Result>(
    _ request: BundleRequest, from source: LedgerView, by folder: String,
    _ body: (inout PackReader, (Int) throws -> Void) throws -> Result
  ) throws -> Result {
    let path = "\(folder)/transfer-\(getpid()).bundle"
    let output = try AtomicFile(path: path)
    defer { unlink(path) }
    let writing = ProgressBar("gathering", unit: .bytes, on: terminal)
    defer { writing.finish() }
    var written = 0
    _ = try source.writeBundle(request) { piece in
      try output.append(piece)
      written += piece.count
      writing.update(written, of: 0)
    }
    try output.finish()
    writing.finish()
    return try BundleInput(path, on: terminal).read("carrying", body)
  }
}
