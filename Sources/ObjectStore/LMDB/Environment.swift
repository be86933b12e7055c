import CLMDB
import Foundation
import Synchronization

/// An LMDB environment with its databases open.
///
/// LMDB allows one environment per directory and process; ``StoreRegistry`` sees to that.
///
/// `@unchecked Sendable`: LMDB's environment is made for use by many threads. The one operation that
/// is not, resizing the map, runs under `stateLock` with no transaction of this process open.
final class Environment: @unchecked Sendable {
  /// Address space to ask for, 1 TiB. It costs nothing until it is used, and saves growing the map,
  /// which open snapshots forbid.
  static let defaultMapBytes = 1 << 40
  /// Readers over all processes.
  static let maximumReaders: UInt32 = 510
  private static let attemptsWhileOthersOpenOrClose = 50

  let path: String
  private let handle: OpaquePointer
  private var databases: [Database: MDB_dbi] = [:]

  /// Guards `openSnapshots` and keeps transactions from beginning while the map is being resized.
  private let stateLock = NSLock()
  private var openSnapshots = 0
  /// The size of the map when it was lost: a resizing has let go of the old one and got no new one, so
  /// that nothing may touch the environment any more but what closes it.
  private var lostMapBytes: Int?
  /// Held by this process's writer; LMDB's own lock, between processes, is taken inside it.
  private let writerLock = NSLock()

  /// Opens the environment in the directory `path`, making its files where they are missing.
  init(path: String, mapBytes: Int) throws {
    self.path = path
    try RootPages.check(path + "/data.mdb")
    var size = mapBytes
    var attempt = 0
    while true {
      var handle: OpaquePointer?
      var code = mdb_env_create(&handle)
      guard code == MDB_SUCCESS, let handle else { throw Self.error(code, path: path, mapBytes: 0) }
      PageDamage.watch(handle)
      mdb_env_set_mapsize(handle, size)
      mdb_env_set_maxdbs(handle, 16)
      mdb_env_set_maxreaders(handle, Self.maximumReaders)
      // NOTLS ties a read transaction to its handle instead of its thread, so that any thread may
      // use a snapshot and a thread may hold several.
      do {
        code = try OpeningLock.hold(path) {
          mdb_env_open(handle, path, UInt32(MDB_NOTLS), 0o600)
        }
      } catch {
        mdb_env_close(handle)
        throw error
      }
      if code == MDB_SUCCESS {
        self.handle = handle
        return
      }
      mdb_env_close(handle)
      if code == ENOMEM, size > 1 << 20 {
        size /= 2
      } else if [EAGAIN, EBUSY, EINVAL].contains(code),
        attempt < Self.attemptsWhileOthersOpenOrClose
      {
        // EINVAL comes of a lock file that was empty when a process that made it was cut off.
        attempt += 1
        usleep(10_000)
      } else {
        throw Self.error(code, path: path, mapBytes: size)
      }
    }
  }

  deinit { mdb_env_close(handle) }

  /// Frees the reader slots of processes that died, whose snapshots would hold pages back for ever.
  func clearStaleReaders() {
    mdb_reader_check(handle, nil)
  }

  /// The present size of the map, in bytes.
  var mapBytes: Int {
    stateLock.lock()
    defer { stateLock.unlock() }
    return lostMapBytes ?? information.me_mapsize
  }

  /// Bytes from the start of the data file to the end of its last page in use.
  var usedBytes: Int { (information.me_last_pgno + 1) * pageBytes }

  var pageBytes: Int {
    var statistics = MDB_stat()
    mdb_env_stat(handle, &statistics)
    return Int(statistics.ms_psize)
  }

  private var information: MDB_envinfo {
    var information = MDB_envinfo()
    mdb_env_info(handle, &information)
    return information
  }

  /// The handle of a database; all are opened before the environment is handed out.
  func index(of database: Database) throws -> MDB_dbi {
    guard let index = databases[database] else {
      throw ObjectStoreError.databaseFailure(
        code: MDB_NOTFOUND, message: "database \(database.rawValue) is not open")
    }
    return index
  }

  /// Opens the databases, for good, through `transaction`.
  ///
  /// - Returns: `false` where one does not exist and `create` is `false`. That of snapshots may be missing:
  ///   stores are older than it is.
  func openDatabases(_ transaction: OpaquePointer, create: Bool) throws -> Bool {
    for database in Database.allCases {
      var index = MDB_dbi()
      let code = PageDamage.reading {
        mdb_dbi_open(transaction, database.rawValue, create ? UInt32(MDB_CREATE) : 0, &index)
      }
      if code == MDB_NOTFOUND, database == .snapshots { continue }
      if code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE { return false }
      try require(code)
      databases[database] = index
    }
    return true
  }
}

extension Environment {
  /// Makes the databases that the store is older than. Nobody else has the environment yet.
  func makeMissingDatabases() throws {
    guard databases.count < Database.allCases.count else { return }
    _ = try write { try openDatabases($0, create: true) }
  }
}

// MARK: - Transactions

extension Environment {
  /// Begins a read transaction, which ``endSnapshot(_:)`` must end.
  func beginSnapshot() throws -> OpaquePointer {
    stateLock.lock()
    defer { stateLock.unlock() }
    try requireMap()
    let last = information.me_last_txnid
    var transaction: OpaquePointer?
    var code = mdb_txn_begin(handle, nil, UInt32(MDB_RDONLY), &transaction)
    if code == MDB_READERS_FULL {
      mdb_reader_check(handle, nil)
      code = mdb_txn_begin(handle, nil, UInt32(MDB_RDONLY), &transaction)
    }
    if code == MDB_MAP_RESIZED {
      try adoptMapSize()
      code = mdb_txn_begin(handle, nil, UInt32(MDB_RDONLY), &transaction)
    }
    guard code == MDB_SUCCESS else {
      throw Self.error(code, path: path, mapBytes: information.me_mapsize)
    }
    guard let transaction else { throw Self.error(MDB_PANIC, path: path, mapBytes: 0) }
    // As for a writer (``beginWrite()``). One that was killed when it had written its root and not the number
    // leaves this one behind, until the next writer.
    guard mdb_txn_id(transaction) + 1 >= last else {
      mdb_txn_abort(transaction)
      throw ObjectStoreError.busy(path: path)
    }
    openSnapshots += 1
    return transaction
  }

  /// Ends a read transaction; pointers that it gave are no longer valid.
  func endSnapshot(_ transaction: OpaquePointer, keep: Bool = false) {
    stateLock.lock()
    defer { stateLock.unlock() }
    // Committing a read transaction differs from aborting it only in that databases it opened
    // stay open.
    if keep { mdb_txn_commit(transaction) } else { mdb_txn_abort(transaction) }
    openSnapshots -= 1
  }

  /// Runs `body` in a write transaction and commits it; aborts it where `body` throws. Where the
  /// map is too small it grows, and `body` runs again from the start.
  func write<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
    writerLock.lock()
    defer { writerLock.unlock() }
    PageDamage.writers.add(1, ordering: .relaxed)
    defer { PageDamage.writers.subtract(1, ordering: .relaxed) }
    while true {
      let limit = mapBytes
      do {
        let transaction = try beginWrite()
        let result: Result
        do {
          result = try body(transaction)
        } catch {
          mdb_txn_abort(transaction)
          throw error
        }
        // A failed commit has freed the transaction.
        try require(mdb_txn_commit(transaction))
        return result
      } catch ObjectStoreError.mapFull {
        try grow(from: limit)
      }
    }
  }

  private func beginWrite() throws -> OpaquePointer {
    try stateLock.withLock { try requireMap() }
    // A reader that died since this process opened the store holds back pages for as long as nobody looks.
    clearStaleReaders()
    var transaction: OpaquePointer?
    var code = mdb_txn_begin(handle, nil, 0, &transaction)
    if code == MDB_MAP_RESIZED {
      try stateLock.withLock { try adoptMapSize() }
      code = mdb_txn_begin(handle, nil, 0, &transaction)
    }
    try require(code)
    guard let transaction else { throw Self.error(MDB_PANIC, path: path, mapBytes: 0) }
    // Another program that uses LMDB, killed while it opened the store, leaves a lock file whose number is
    // not the file's (see ``OpeningLock``). To write by it would lose commits; who opens the store when
    // nobody else has it open puts it right.
    guard mdb_txn_id(transaction) == information.me_last_txnid + 1 else {
      mdb_txn_abort(transaction)
      throw ObjectStoreError.busy(path: path)
    }
    return transaction
  }

  /// Takes over the map size that another process set. Call with `stateLock` held.
  private func adoptMapSize() throws {
    guard openSnapshots == 0 else {
      throw ObjectStoreError.mapFull(limit: information.me_mapsize)
    }
    try resizeMap(to: 0)
  }

  /// Doubles the map.
  private func grow(from limit: Int) throws {
    stateLock.lock()
    defer { stateLock.unlock() }
    try requireMap()
    let (size, overflow) = limit.multipliedReportingOverflow(by: 2)
    guard openSnapshots == 0, !overflow, Self.isAddressSpaceFree(size) else {
      throw ObjectStoreError.mapFull(limit: limit)
    }
    try resizeMap(to: size)
  }

  /// Call with `stateLock` held, and no snapshot open.
  private func resizeMap(to size: Int) throws {
    let limit = information.me_mapsize
    let code = mdb_env_set_mapsize(handle, size)
    // LMDB refuses, and has done nothing, while this process writes.
    guard code != EINVAL else { throw ObjectStoreError.mapFull(limit: limit) }
    guard code == MDB_SUCCESS else {
      lostMapBytes = limit
      throw ObjectStoreError.mapFull(limit: limit)
    }
  }

  /// Call with `stateLock` held.
  private func requireMap() throws {
    if let lostMapBytes { throw ObjectStoreError.mapFull(limit: lostMapBytes) }
  }

  /// LMDB gives up the old map before it asks for the new one, so a refusal had better come here.
  private static func isAddressSpaceFree(_ size: Int) -> Bool {
    let address = mmap(
      nil, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | Int32(MAP_NORESERVE), -1, 0)
    guard let address, address != MAP_FAILED else { return false }
    munmap(address, size)
    return true
  }
}

// MARK: - Errors

extension Environment {
  /// Throws what LMDB's `code` means, unless it is success.
  func require(_ code: Int32) throws {
    guard code == MDB_SUCCESS else { throw Self.error(code, path: path, mapBytes: mapBytes) }
  }

  static func error(_ code: Int32, path: String, mapBytes: Int) -> ObjectStoreError {
    switch code {
    case MDB_MAP_FULL, MDB_MAP_RESIZED: .mapFull(limit: mapBytes)
    case MDB_TXN_FULL: .transactionTooLarge
    case MDB_READERS_FULL, EAGAIN, EBUSY: .busy(path: path)
    case MDB_INVALID, MDB_VERSION_MISMATCH, ENOENT, ENOTDIR: .notAStore(path: path)
    // EFBIG is the user's limit on file sizes.
    case ENOSPC, EDQUOT, EFBIG: .diskFull(path: path)
    // LMDB calls a write that the disk cut short EIO, too.
    case EIO: isDiskNearlyFull(path) ? .diskFull(path: path) : .ioError(errno: code, path: path)
    case 1...: .ioError(errno: code, path: path)
    default: .databaseFailure(code: code, message: String(cString: mdb_strerror(code)))
    }
  }

  /// Whether the disk of `path`, or the limit on the length of files, leaves less than one transaction
  /// may write.
  private static func isDiskNearlyFull(_ path: String) -> Bool {
    let margin = 2 * ObjectStore.transactionBytes
    var limit = rlimit()
    var file = stat()
    if getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0,
      stat(path + "/data.mdb", &file) == 0,
      Int(clamping: limit.rlim_cur) - Int(file.st_size) < margin
    {
      return true
    }
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return false }
    let (available, overflow) = Int(clamping: status.f_bavail)
      .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
    return !overflow && available < margin
  }
}
