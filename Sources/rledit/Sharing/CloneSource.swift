import Foundation
import Ledger
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
    self = .store(try .open(at: OtherStore.store(at: path)))
  }

  /// Makes sure that there is something to make a store of, before one is made.
  ///
  /// - Throws: `SharingError`, `PackError`, `ModelFileError`.
  func check() throws {
    guard case .bundle(let path) = self else { return }
    var reader = try PackReader(read: InputFile(path: path).read)
    _ = try Ledger.bundleHeader(&reader)
  }

  /// Takes everything over into a new store.
  ///
  /// - Throws: `SharingError`, `PackError`, `LedgerError`, `ObjectStoreError`, `ModelFileError`.
  func fill(_ repository: Repository, _ global: GlobalOptions) throws -> [TakenReference] {
    switch self {
    case .bundle(let path):
      return try BundleInput(path, on: global.terminal).read("reading") {
        try repository.ledger.unbundle(&$0, from: nil, repository.context(), progress: $1)
      }.references
    case .store(let store):
      let view = LedgerView(try store.snapshot())
      return try Carrier(terminal: global.terminal).carry(
        BundleRequest(references: view.everyReference()), from: view, by: repository.path
      ) {
        try repository.ledger.unbundle(&$0, from: nil, repository.context(), progress: $1)
      }.references
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
