import Foundation
package import ObjectModel

/// The store as it was at one moment. It never changes, and no writer waits for it.
///
/// Pointers into the store are valid as long as the snapshot lives: whoever keeps one keeps the
/// snapshot.
///
/// `@unchecked Sendable`: LMDB wants a transaction used by one thread at a time, which `lock` sees
/// to; the memory that it hands out does not change.
package final class ReadSnapshot: StoreReading, @unchecked Sendable {
  /// The alignment of every chunk's first byte.
  package static let alignment = 16

  package let store: ObjectStore
  private let transaction: RawTransaction
  /// Recursive, so that the body of a scan can read.
  private let lock = NSRecursiveLock()
  /// Chunks which do not lie aligned in the map: those of less than half a page.
  private var alignedCopies: [ChunkID: UnsafeMutableRawBufferPointer] = [:]

  init(store: ObjectStore) throws {
    self.store = store
    let environment = try store.openEnvironment()
    transaction = RawTransaction(
      environment: environment, handle: try environment.beginSnapshot())
  }

  deinit {
    transaction.environment.endSnapshot(transaction.handle)
    for copy in alignedCopies.values { copy.deallocate() }
  }

  package func value(_ database: Database, _ key: [UInt8]) throws -> UnsafeRawBufferPointer? {
    lock.lock()
    defer { lock.unlock() }
    return try transaction.value(database, key)
  }

  package func scan(
    _ database: Database, from start: [UInt8], backwards: Bool,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    lock.lock()
    defer { lock.unlock() }
    try transaction.scan(database, from: start, backwards: backwards, body)
  }

  /// The number of the newest transaction that this snapshot sees.
  var number: Int { transaction.number }

  func count(_ database: Database) throws -> Int {
    lock.lock()
    defer { lock.unlock() }
    return try transaction.count(database)
  }

  /// The bytes of a chunk, valid as long as the snapshot lives, aligned to 16 bytes; checked against
  /// the chunk's name the first time this process reads them.
  ///
  /// - Throws: ``ObjectStoreError/missing(_:)``, ``ObjectStoreError/corrupted(_:foundHash:)``.
  package func chunk(_ id: ChunkID) throws -> UnsafeRawBufferPointer {
    guard let bytes = try value(.chunks, id.bytes) else {
      throw ObjectStoreError.missing(.chunk(id))
    }
    if !store.isVerified(id) {
      let found = ChunkID(contentDigest(of: bytes))
      guard found == id else {
        throw ObjectStoreError.corrupted(.chunk(id), foundHash: found.hex)
      }
      store.markVerified(id)
    }
    if Int(bitPattern: bytes.baseAddress).isMultiple(of: Self.alignment) { return bytes }
    return alignedCopy(of: id, bytes)
  }

  private func alignedCopy(
    of id: ChunkID, _ bytes: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    lock.lock()
    defer { lock.unlock() }
    if let copy = alignedCopies[id] { return UnsafeRawBufferPointer(copy) }
    let copy = UnsafeMutableRawBufferPointer.allocate(
      byteCount: bytes.count, alignment: Self.alignment)
    copy.copyMemory(from: bytes)
    alignedCopies[id] = copy
    return UnsafeRawBufferPointer(copy)
  }

  /// The bytes of a blob, chunk by chunk in order; see ``chunk(_:)``. The blob's layout tells which
  /// bytes each holds.
  ///
  /// - Throws: as ``chunk(_:)``; ``ObjectStoreError/malformed(_:reason:)`` where a chunk has not the
  ///   length that the layout asks for.
  package func segments(of blob: Blob) throws -> [UnsafeRawBufferPointer] {
    try blob.chunks.enumerated().map { index, id in
      let bytes = try chunk(id)
      let expected = blob.layout.range(ofChunk: index).count
      guard bytes.count == expected else {
        throw ObjectStoreError.malformed(
          .chunk(id), reason: "\(bytes.count) bytes in place of \(expected)")
      }
      return bytes
    }
  }

  /// A copy of the bytes of a blob. The pages that they lie on are let go: the copy is what is read from
  /// now on, and a process that goes through a long history would come to hold all of it.
  ///
  /// - Throws: as ``segments(of:)``.
  package func readBlob(_ blob: Blob) throws -> [UInt8] {
    let segments = try segments(of: blob)
    let copy = [UInt8](unsafeUninitializedCapacity: blob.byteCount) { buffer, count in
      for segment in segments {
        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
          .copyMemory(from: segment)
        count += segment.count
      }
    }
    try letGo(of: blob)
    return copy
  }

  /// Takes the pages that a blob lies on out of this process's memory, as where its bytes have been used for
  /// what they are there for. They stay in the store, and views of them valid.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func letGo(of blob: Blob) throws {
    // A chunk that is no longer than a page fills none.
    for (index, id) in blob.chunks.enumerated()
    where blob.layout.range(ofChunk: index).count > Self.pageBytes {
      try value(.chunks, id.bytes).map(Self.letGo)
    }
  }

  /// Takes all pages of the store out of this process's memory. The system brings in those around the ones that
  /// are read, so that a process that reads here and there in a large store for long would hold most of it. Views
  /// stay valid.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func letGoOfPages() throws {
    let environment = transaction.environment
    let pageBytes = environment.pageBytes
    // LMDB does not say where the map is, but each page has its number at its beginning. Were a number damaged,
    // this would let go of somebody else's memory: two must lead to the same place.
    let starts = try [Database.chunks, .objects].map { database in
      var start: Int?
      try scan(database, from: [], backwards: false) { key, _ in
        guard let address = key.baseAddress.map(Int.init(bitPattern:)) else { return false }
        let page = address / pageBytes * pageBytes
        let number = UnsafeRawPointer(bitPattern: page)?.load(as: Int.self) ?? 0
        start = page &- number &* pageBytes
        return false
      }
      return start
    }
    guard let start = starts[0], start > 0, starts[1] == start else { return }
    // Others may have written beyond the map of this process.
    let count = min(environment.usedBytes, environment.mapBytes)
    Self.letGo(
      UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: start), count: count))
  }

  private static let pageBytes = Int(getpagesize())

  /// Takes the whole pages of bytes in the map out of this process's memory. They stay where they are:
  /// whoever reads them again gets them from the page cache or the file.
  ///
  /// - Parameter bytes: in the map, never in memory of this process's own, which would be lost.
  private static func letGo(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    let page = pageBytes
    let (start, end) = (Int(bitPattern: base), Int(bitPattern: base) + bytes.count)
    let (first, last) = ((start + page - 1) / page * page, end / page * page)
    guard first < last, let address = UnsafeMutableRawPointer(bitPattern: first) else { return }
    madvise(address, last - first, MADV_DONTNEED)
  }

  /// Checks the bytes of a blob against its SHA-256.
  ///
  /// - Throws: as ``segments(of:)``, ``ObjectStoreError/blobMismatch(expected:found:)``.
  package func verifyBlob(_ blob: Blob) throws {
    let found = ContentHash(of: try segments(of: blob))
    guard found == blob.sha256 else {
      throw ObjectStoreError.blobMismatch(expected: blob.sha256, found: found)
    }
  }
}
