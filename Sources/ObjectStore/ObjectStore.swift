import CLMDB
import Foundation
package import ObjectModel

/// The content-addressed store: chunks, objects, references and the operation log in one LMDB
/// environment.
///
/// One process writes at a time, and any number read; readers never wait, and see the store as it
/// was when their snapshot was taken. Every ``write(_:)`` is one transaction: it happens wholly and
/// durably, or not at all, wherever the process is killed.
///
/// `@unchecked Sendable`: everything is immutable but `verifiedChunks`, which its lock guards, and
/// the two properties that ``StoreRegistry`` sets before it hands the store out.
package final class ObjectStore: @unchecked Sendable {
  /// The format that this program writes, and the newest that it reads.
  package static let format = 1
  /// Bytes of chunks in one write transaction. Far below LMDB's limit of 131 071 changed pages, and
  /// the memory that a transaction takes, since LMDB holds changed pages until it commits.
  package static let transactionBytes = 64 << 20

  /// The store's directory.
  package let path: String
  private(set) var environment: Environment?
  /// Tells the registry that the files are free for another environment.
  var whenClosed: (() -> Void)?

  private let verifiedLock = NSLock()
  private var verifiedChunks: Set<ChunkID> = []

  private init(path: String, environment: Environment) {
    self.path = path
    self.environment = environment
  }

  deinit {
    environment = nil
    whenClosed?()
  }

  /// Makes a store in the directory `path`, which must not exist or be empty, readable by its owner
  /// alone.
  ///
  /// - Throws: ``ObjectStoreError/alreadyAStore(path:)``,
  ///   ``ObjectStoreError/notAnEmptyDirectory(path:)``, ``ObjectStoreError/diskFull(path:)``,
  ///   ``ObjectStoreError/truncated(path:expectedBytes:foundBytes:)``,
  ///   ``ObjectStoreError/ioError(errno:path:)``.
  package static func create(
    at path: String, mapBytes: Int = defaultMapBytes
  ) throws -> ObjectStore {
    if mkdir(path, 0o700) != 0 {
      guard errno == EEXIST else { throw Environment.error(errno, path: path, mapBytes: 0) }
      // Files of a creation that was cut off are as good as none.
      guard let names = try? FileManager.default.contentsOfDirectory(atPath: path),
        Set(names).isSubset(of: ["data.mdb", "lock.mdb"])
      else { throw ObjectStoreError.notAnEmptyDirectory(path: path) }
      guard chmod(path, 0o700) == 0 else {
        throw ObjectStoreError.ioError(errno: errno, path: path)
      }
    }
    var made = false
    let store = try StoreRegistry.store(at: path) {
      let environment = try Environment(path: path, mapBytes: mapBytes)
      try requireWholeFile(environment, path: path + "/data.mdb")
      made = try environment.write { handle in
        _ = try environment.openDatabases(handle, create: true)
        let transaction = WriteTransaction(
          transaction: RawTransaction(environment: environment, handle: handle))
        if try transaction.value(.properties, formatKey) != nil { return false }
        try transaction.putSummed(.properties, formatKey, Array(String(format).utf8))
        return true
      }
      return ObjectStore(path: path, environment: environment)
    }
    guard made else { throw ObjectStoreError.alreadyAStore(path: path) }
    return store
  }

  /// Opens the store in the directory `path`. A store that this process has open already is shared.
  ///
  /// - Throws: ``ObjectStoreError/notAStore(path:)``,
  ///   ``ObjectStoreError/newerFormat(found:supported:)``,
  ///   ``ObjectStoreError/truncated(path:expectedBytes:foundBytes:)``,
  ///   ``ObjectStoreError/busy(path:)``, ``ObjectStoreError/ioError(errno:path:)``.
  package static func open(
    at path: String, mapBytes: Int = defaultMapBytes
  ) throws -> ObjectStore {
    try StoreRegistry.store(at: path) {
      // LMDB would make the file.
      let file = path + "/data.mdb"
      guard access(file, F_OK) == 0 else { throw StoreRegistry.noStore(errno, at: path) }
      let environment = try Environment(path: path, mapBytes: mapBytes)
      environment.clearStaleReaders()
      try requireWholeFile(environment, path: file)
      try openDatabases(of: environment, path: path, file: file)
      try environment.makeMissingDatabases()
      return ObjectStore(path: path, environment: environment)
    }
  }

  /// Writes the file of the store in the directory `path` anew, without the pages that nothing uses.
  ///
  /// The new file takes the place of the old one in one step: a kill at any moment leaves one of them.
  ///
  /// - Returns: bytes of the file before and after.
  /// - Throws: ``ObjectStoreError/busy(path:)`` where this or another process has the store open; as
  ///   ``open(at:mapBytes:)``.
  /// - Complexity: O(bytes).
  package static func compact(at path: String) throws -> (before: Int, after: Int) {
    // Whether it is a store of this format is found out as always. Of damaged pages LMDB would copy what it
    // finds, and leave the rest behind.
    do { try open(at: path).requireSoundPages() }
    return try StoreRegistry.whileClosed(path) { try CompactCopy(path: path).replace() }
  }

  /// The address space that a store asks for unless told otherwise; see ``open(at:mapBytes:)``.
  package static var defaultMapBytes: Int { Environment.defaultMapBytes }

  private static let formatKey = Array("format".utf8)

  /// Refuses a file that is shorter than its pages: reading one past its end would end the process.
  private static func requireWholeFile(_ environment: Environment, path: String) throws {
    // Before the size: a writer makes the file longer before it says that it uses what it has added.
    let expected = environment.usedBytes
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw ObjectStoreError.ioError(errno: errno, path: path)
    }
    guard Int(status.st_size) >= expected else {
      throw ObjectStoreError.truncated(
        path: path, expectedBytes: expected, foundBytes: Int(status.st_size))
    }
  }

  private static func openDatabases(
    of environment: Environment, path: String, file: String
  ) throws {
    let handle = try environment.beginSnapshot()
    defer { environment.endSnapshot(handle, keep: true) }
    try requireRoots(environment, handle, path: file)
    guard try environment.openDatabases(handle, create: false) else {
      throw ObjectStoreError.notAStore(path: path)
    }
    try requireFormat(RawTransaction(environment: environment, handle: handle), path: path)
  }

  /// Refuses a file whose list of databases is damaged. Where writers have been too fast to look, the next
  /// who opens the store does.
  private static func requireRoots(
    _ environment: Environment, _ handle: OpaquePointer, path: String
  ) throws {
    let number = RawTransaction(environment: environment, handle: handle).number
    let faults = try PageAudit.faults(
      path: path, pageBytes: environment.pageBytes, transaction: number, rootsOnly: true)
    if let fault = faults?.first {
      throw ObjectStoreError.malformed(fault.item, reason: fault.reason)
    }
  }

  private static func requireFormat(_ transaction: RawTransaction, path: String) throws {
    guard let value = try transaction.value(.properties, formatKey) else {
      throw ObjectStoreError.notAStore(path: path)
    }
    guard let found = Int(String(decoding: value, as: UTF8.self)), found >= 1 else {
      throw ObjectStoreError.malformed(.property(name: "format"), reason: "not a number")
    }
    guard found <= format else {
      throw ObjectStoreError.newerFormat(found: found, supported: format)
    }
  }

  /// The environment, which is there until the store is no longer used.
  func openEnvironment() throws -> Environment {
    guard let environment else { throw ObjectStoreError.notAStore(path: path) }
    return environment
  }

  /// Whether this process has found the chunk's bytes to be those of its name.
  func isVerified(_ id: ChunkID) -> Bool {
    verifiedLock.lock()
    defer { verifiedLock.unlock() }
    return verifiedChunks.contains(id)
  }

  func markVerified(_ id: ChunkID) {
    verifiedLock.lock()
    defer { verifiedLock.unlock() }
    verifiedChunks.insert(id)
  }
}

extension ObjectStore {
  /// The store as it is now, for reading.
  ///
  /// A snapshot keeps the pages of its moment from being used again, so a long-lived one lets the
  /// file grow.
  ///
  /// - Throws: ``ObjectStoreError/busy(path:)``, ``ObjectStoreError/mapFull(limit:)`` where another
  ///   process has grown the map and a snapshot of this one keeps it from following.
  package func snapshot() throws -> ReadSnapshot {
    try ReadSnapshot(store: self)
  }

  /// Runs `body` in one write transaction, which takes effect when it returns and does nothing where
  /// it throws.
  ///
  /// Waits for other writers. `body` runs again from the start where the map had to grow, so it must
  /// not change anything outside the transaction that a second run would not set anew. It must not
  /// call `write`.
  ///
  /// - Throws: what `body` throws; ``ObjectStoreError/diskFull(path:)``,
  ///   ``ObjectStoreError/mapFull(limit:)``, ``ObjectStoreError/transactionTooLarge``,
  ///   ``ObjectStoreError/ioError(errno:path:)``.
  package func write<Result>(_ body: (WriteTransaction) throws -> Result) throws -> Result {
    let environment = try openEnvironment()
    return try environment.write { handle in
      let transaction = WriteTransaction(
        transaction: RawTransaction(environment: environment, handle: handle))
      try transaction.sumAllEntries()
      return try body(transaction)
    }
  }

  /// Writes one object and gives its name.
  @discardableResult
  package func put<Kind>(_ object: Kind) throws -> ObjectID<Kind> {
    let encoded = try object.encoded()
    try write { try $0.put(encoded) }
    return encoded.id
  }
}
