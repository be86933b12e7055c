import CLMDB
import Foundation

/// Writing a store's file anew without the pages that are not in use.
///
/// Only while no process has the store open: one that had would go on writing the old file. LMDB tells
/// other processes that it is there by a lock on the lock file's first byte, which this takes for itself.
/// Whoever wants to open the store waits until the new file is in place (``OpeningLock``).
struct CompactCopy {
  let path: String
  private let dataFile: String
  private let copyFile: String
  private var lockFile: String { path + "/lock.mdb" }

  /// - Throws: ``ObjectStoreError/ioError(errno:path:)``.
  init(path: String) throws {
    self.path = path
    // Where the file is a link, what it leads to is replaced, beside which the copy has to be.
    guard let resolved = realpath(path + "/data.mdb", nil) else {
      throw ObjectStoreError.ioError(errno: errno, path: path + "/data.mdb")
    }
    defer { free(resolved) }
    dataFile = String(cString: resolved)
    copyFile = dataFile + ".compact"
  }

  /// - Returns: bytes of the file before and after.
  /// - Throws: ``ObjectStoreError/busy(path:)`` where some process has the store open,
  ///   ``ObjectStoreError/diskFull(path:)``, ``ObjectStoreError/ioError(errno:path:)``.
  func replace() throws -> (before: Int, after: Int) {
    try OpeningLock.hold(path) { try replaceAlone() }
  }

  private func replaceAlone() throws -> (before: Int, after: Int) {
    let lock = Glibc.open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw ObjectStoreError.ioError(errno: errno, path: lockFile) }
    // Closing gives the lock back.
    defer { close(lock) }
    try takeLock(lock)
    let before = try size(of: dataFile)
    unlink(copyFile)
    do {
      try write()
      // The lock file counts transactions of the old file. Were this process killed behind the renaming,
      // another program that waits for LMDB's lock would go by them; it refuses an empty one.
      guard ftruncate(lock, 0) == 0 else {
        throw ObjectStoreError.ioError(errno: errno, path: lockFile)
      }
      guard rename(copyFile, dataFile) == 0 else {
        throw ObjectStoreError.ioError(errno: errno, path: copyFile)
      }
    } catch {
      unlink(copyFile)
      throw error
    }
    try synchronizeDirectory()
    // Opened in the ordinary way, the store gets a lock file that is right for other programs that wait.
    // This lock is the process's own, so that opening does not wait for it; closing gives it up.
    try? Self.withEnvironment(path, flags: 0) { _ in }
    return (before, try size(of: dataFile))
  }

  private func takeLock(_ file: Int32) throws {
    var request = flock()
    request.l_type = Int16(F_WRLCK)
    request.l_whence = Int16(SEEK_SET)
    request.l_len = 1
    guard fcntl(file, F_SETLK, &request) == 0 else {
      throw errno == EAGAIN || errno == EACCES
        ? ObjectStoreError.busy(path: path) : ObjectStoreError.ioError(errno: errno, path: lockFile)
    }
  }

  private func write() throws {
    let target = Glibc.open(copyFile, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard target >= 0 else { throw Environment.error(errno, path: path, mapBytes: 0) }
    defer { close(target) }
    try takeOver(target)
    let entries = try Self.withEnvironment(path, flags: MDB_RDONLY | MDB_NOLOCK) { environment in
      let code = PageDamage.reading {
        mdb_env_copyfd2(environment, target, UInt32(MDB_CP_COMPACT))
      }
      guard code == MDB_SUCCESS else { throw Environment.error(code, path: path, mapBytes: 0) }
      return try Self.entryCounts(environment, path: path)
    }
    guard fsync(target) == 0 else { throw Environment.error(errno, path: path, mapBytes: 0) }
    // The old file is about to go, so the new one is looked at first.
    let copied = try Self.withEnvironment(
      copyFile, flags: MDB_RDONLY | MDB_NOLOCK | MDB_NOSUBDIR
    ) { environment in
      try requireSoundPages(environment)
      return try Self.entryCounts(environment, path: path)
    }
    guard copied == entries else {
      throw ObjectStoreError.databaseFailure(
        code: MDB_CORRUPTED, message: "the copy lacks entries that the store has")
    }
  }

  /// Gives the copy the owner and the permissions of the old file.
  private func takeOver(_ target: Int32) throws {
    var status = stat()
    guard stat(dataFile, &status) == 0 else {
      throw ObjectStoreError.ioError(errno: errno, path: dataFile)
    }
    let (user, group) = (geteuid(), getegid())
    if status.st_uid != user || status.st_gid != group,
      fchown(target, status.st_uid, status.st_gid) != 0
    {
      throw ObjectStoreError.ioError(errno: errno, path: copyFile)
    }
    guard fchmod(target, status.st_mode & 0o777) == 0 else {
      throw ObjectStoreError.ioError(errno: errno, path: copyFile)
    }
  }

  private static func withEnvironment<Result>(
    _ path: String, flags: Int32, _ body: (OpaquePointer) throws -> Result
  ) throws -> Result {
    var handle: OpaquePointer?
    var code = mdb_env_create(&handle)
    guard code == MDB_SUCCESS, let handle else {
      throw Environment.error(code, path: path, mapBytes: 0)
    }
    defer { mdb_env_close(handle) }
    PageDamage.watch(handle)
    mdb_env_set_maxdbs(handle, 16)
    mdb_env_set_maxreaders(handle, Environment.maximumReaders)
    // LMDB raises it to what the file needs. The size that a store asks for is not always to be had.
    mdb_env_set_mapsize(handle, 1 << 20)
    code = mdb_env_open(handle, path, UInt32(flags), 0o600)
    guard code == MDB_SUCCESS else { throw Environment.error(code, path: path, mapBytes: 0) }
    return try body(handle)
  }

  /// Refuses a copy whose pages are not as they ought to be.
  private func requireSoundPages(_ environment: OpaquePointer) throws {
    var transaction: OpaquePointer?
    let code = mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction)
    guard code == MDB_SUCCESS else { throw Environment.error(code, path: path, mapBytes: 0) }
    defer { mdb_txn_abort(transaction) }
    var statistics = MDB_stat()
    mdb_env_stat(environment, &statistics)
    let faults = try PageAudit.faults(
      path: copyFile, pageBytes: Int(statistics.ms_psize),
      transaction: Int(mdb_txn_id(transaction)), rootsOnly: false)
    guard let faults, faults.isEmpty else {
      throw ObjectStoreError.databaseFailure(
        code: MDB_CORRUPTED, message: faults?.first?.reason ?? "the copy has no roots")
    }
  }

  private static func entryCounts(
    _ environment: OpaquePointer, path: String
  ) throws -> [String: Int] {
    var transaction: OpaquePointer?
    var code = mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction)
    guard code == MDB_SUCCESS else { throw Environment.error(code, path: path, mapBytes: 0) }
    defer { mdb_txn_abort(transaction) }
    var counts: [String: Int] = [:]
    for database in Database.allCases {
      var index = MDB_dbi()
      var statistics = MDB_stat()
      code = PageDamage.reading { mdb_dbi_open(transaction, database.rawValue, 0, &index) }
      if code == MDB_SUCCESS { code = mdb_stat(transaction, index, &statistics) }
      guard code == MDB_SUCCESS else { throw Environment.error(code, path: path, mapBytes: 0) }
      counts[database.rawValue] = statistics.ms_entries
    }
    return counts
  }

  private func size(of file: String) throws -> Int {
    var status = stat()
    guard stat(file, &status) == 0 else {
      throw ObjectStoreError.ioError(errno: errno, path: file)
    }
    return Int(status.st_size)
  }

  private func synchronizeDirectory() throws {
    let place = dataFile.lastIndex(of: "/").map { String(dataFile[..<$0]) } ?? path
    let directory = Glibc.open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw ObjectStoreError.ioError(errno: errno, path: place) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw ObjectStoreError.ioError(errno: errno, path: place) }
  }
}
