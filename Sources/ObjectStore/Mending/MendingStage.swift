import Foundation
import ObjectModel

/// A store of its own, `mending` in the store's directory, where what came from elsewhere waits until it is
/// proven to be what is lacking here. What arrived before an interruption is found there again.
package final class MendingStage {
  private let store: ObjectStore

  /// - Throws: ``ObjectStoreError``.
  package init(for store: ObjectStore) throws {
    let path = Self.path(of: store)
    do {
      let store = try ObjectStore.open(at: path)
      try store.requireSoundPages()
      self.store = store
    } catch let error as ObjectStoreError {
      switch error {
      // What a kill left of its making or removal, or cannot be read, is as good as nothing.
      case .notAStore, .malformed, .truncated, .newerFormat, .databaseFailure:
        try? FileManager.default.removeItem(atPath: path)
        self.store = try ObjectStore.create(at: path)
      default: throw error
      }
    }
  }

  private static func path(of store: ObjectStore) -> String { store.path + "/mending" }

  /// Takes away what a mending that was killed has left, where nothing is to be mended any more.
  static func removeLeftovers(of store: ObjectStore) {
    try? FileManager.default.removeItem(atPath: path(of: store))
  }

  /// Puts aside those entries of a pack that are wanted. Each is hashed against its name; what it is named by
  /// and what it names is not looked at.
  ///
  /// - Parameter progress: called with the bytes of the pack read so far.
  /// - Throws: ``PackError``, ``ObjectStoreError``, what reading and `progress` throw. What came before that
  ///   stays.
  package func take(
    _ reader: inout PackReader, wanted: Set<PackItem>, progress: (_ bytes: Int) throws -> Void
  ) throws {
    var waiting: [PackEntry] = []
    var waitingBytes = 0
    func flush() throws {
      guard !waiting.isEmpty else { return }
      try store.write { transaction in
        for entry in waiting { try transaction.putAside(entry) }
      }
      waiting.removeAll(keepingCapacity: true)
      waitingBytes = 0
    }
    do {
      while let entry = try reader.next() {
        try progress(reader.byteCount)
        guard let item = entry.item, wanted.contains(item) else { continue }
        if waitingBytes + entry.byteCount > ObjectStore.transactionBytes { try flush() }
        waiting.append(entry)
        waitingBytes += entry.byteCount
      }
    } catch {
      try flush()
      throw error
    }
    try flush()
  }

  func snapshot() throws -> ReadSnapshot { try store.snapshot() }

  /// Forgets what turned out not to be what its name says.
  func forget(_ chunks: Set<ChunkID>) throws {
    guard !chunks.isEmpty else { return }
    try store.write { transaction in
      for chunk in chunks { try transaction.transaction.remove(.chunks, chunk.bytes) }
    }
  }

  /// Takes the stage away. Nothing can be put there afterwards.
  package func remove() {
    try? FileManager.default.removeItem(atPath: store.path)
  }
}

extension WriteTransaction {
  fileprivate func putAside(_ entry: PackEntry) throws {
    switch entry {
    case .header: break
    case .chunk(let id, let bytes):
      try bytes.withUnsafeBytes { try transaction.put(.chunks, id.bytes, $0) }
    case .object(let id, let text):
      try text.withUnsafeBytes { try transaction.put(.objects, id.bytes, $0) }
    }
  }
}

extension StoreReading {
  /// The bytes of a chunk or object, where they are there and hash to its name.
  package func soundBytes(of item: PackItem) throws -> UnsafeRawBufferPointer? {
    switch item {
    case .chunk(let id):
      guard let bytes = try value(.chunks, id.bytes), ChunkID(contentDigest(of: bytes)) == id
      else { return nil }
      return bytes
    case .object(let id):
      guard let text = try value(.objects, id.bytes), CommitID(ofText: text).digest == id
      else { return nil }
      return text
    }
  }
}
