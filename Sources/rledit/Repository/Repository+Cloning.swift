import Ledger
import ObjectStore

/// A store that is being cloned says so until it is whole, so that the same clone can go on in it.
extension Repository {
  private static let property = "cloning"

  /// Begins the history of a new store, which another one is to be copied into, or goes on in one where
  /// that has begun.
  ///
  /// - Parameter location: of the other store; `nil` where the copy cannot go on.
  /// - Throws: ``CommandError/unfinishedClone(path:of:)``, `ObjectStoreError`, `LedgerError`.
  func begin(cloning location: String?) throws {
    let view = try ledger.view()
    let found = try view.snapshot.properties(withPrefix: Self.property)
      .first { $0.name == Self.property }?.value
    if let found, found != location {
      throw CommandError.unfinishedClone(path: path, of: found)
    }
    if found == nil, let location, (try? view.head()) == nil {
      try store.write { try $0.setProperty(Self.property, to: location) }
    }
    do {
      try ledger.begin()
    } catch LedgerError.alreadyALedger {
      guard found != nil else { throw ObjectStoreError.alreadyAStore(path: path) }
    }
  }

  /// Whether something has arrived.
  var hasContent: Bool {
    get throws {
      let statistics = try store.statistics()
      return statistics.objectCount + statistics.chunkCount > 0
    }
  }

  /// Names the other store, and takes the copy for whole.
  ///
  /// - Throws: `LedgerError`, `ObjectStoreError`.
  func finishCloning(of location: String?, program: String?) throws {
    guard let location else { return }
    if try !ledger.view().remotes().contains(where: { $0.name == Remote.standardName }) {
      try ledger.addRemote(Remote.standardName, at: location, program: program)
    }
    try store.write { try $0.setProperty(Self.property, to: nil) }
  }
}
