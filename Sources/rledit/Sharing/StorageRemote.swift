import Ledger
import ObjectModel
import ObjectStore

/// A store in object storage, which rclone reaches.
struct StorageRemote: RemoteStore {
  private let location: String
  private let depot: DepotRemote

  /// - Throws: ``RemoteFailure``.
  init(_ path: String) throws {
    location = RemoteLocation.rclone(path).text
    depot = try Self.telling(of: location) {
      try DepotRemote(RcloneStorage(root: path)) {
        StandardError.write("waiting for another push to end\n")
      }
    }
  }

  func listing() throws -> RemoteListing {
    try Self.telling(of: location) { try depot.listing() }
  }

  func bring(
    _ references: [NamedReference], known: [CommitID], into store: ObjectStore,
    progress: TransferProgress
  ) throws -> PackReport {
    try Self.telling(of: location) {
      try depot.bring(references, known: known, into: store, progress: progress)
    }
  }

  func packs(
    with items: Set<PackItem>, _ take: (_ pack: inout PackReader, _ total: Int) throws -> Void
  ) throws {
    try Self.telling(of: location) { try depot.packs(with: items, take) }
  }

  func put(
    _ pushed: [PushedReference], from view: LedgerView, known: [CommitID],
    _ context: OperationContext, progress: TransferProgress
  ) throws -> PackReport {
    try Self.telling(of: location) {
      try depot.put(pushed, from: view, known: known, context, progress: progress)
    }
  }

  /// Says where it was that something failed.
  private static func telling<Result>(
    of location: String, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as DepotError {
      throw RemoteFailure(location: location, reason: .depot(error))
    }
  }
}
