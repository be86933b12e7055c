import Foundation
import Ledger
import ModelFiles
import ObjectModel
import ObjectStore

/// What a store can be made of.
enum CloneSource {
  case bundle(String)
  case store(ObjectStore)

  /// - Parameter path: of a bundle, a store, or a directory with a store in it.
  /// - Throws: `ObjectStoreError`, `ModelFileError`.
  init(_ path: String) throws {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
      isDirectory.boolValue
    else {
      self = .bundle(path)
      return
    }
    let inner = URL(fileURLWithPath: path).appendingPathComponent(StoreLocation.name).path
    let hasInner = FileManager.default.fileExists(atPath: inner)
    self = .store(try .open(at: hasInner ? inner : path))
  }

  /// Takes everything over into a new store.
  ///
  /// - Throws: `SharingError`, `PackError`, `LedgerError`, `ObjectStoreError`, `ModelFileError`.
  func fill(_ repository: Repository, _ global: GlobalOptions) throws -> [TakenReference] {
    switch self {
    case .bundle(let path):
      return try BundleInput(path, global).unbundle(
        into: repository.ledger, from: nil, repository.context()
      ).0
    case .store(let store):
      let view = LedgerView(try store.snapshot())
      let path = repository.path + "/clone.bundle"
      let output = try AtomicFile(path: path)
      defer { unlink(path) }
      _ = try view.writeBundle(BundleRequest(references: view.everyReference())) {
        try output.append($0)
      }
      try output.finish()
      return try CloneSource.bundle(path).fill(repository, global)
    }
  }

  /// The branch to be on: the one that the other store is on, else main, else the first.
  func branch(among names: [String]) -> String? {
    if case .store(let store) = self,
      case .branch(let name, _)? = try? LedgerView(store.snapshot()).head(), names.contains(name)
    {
      return name
    }
    return names.contains(LedgerNames.firstBranch) ? LedgerNames.firstBranch : names.first
  }
}
