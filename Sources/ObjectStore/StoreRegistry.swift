import Foundation

/// The stores that this process has open, by the identity of their directories.
///
/// LMDB's file locks belong to the process: a second environment on the same files would, when it is
/// closed, drop the locks of the first.
enum StoreRegistry {
  private struct Directory: Hashable {
    let device: UInt
    let inode: UInt
  }

  private struct Entry {
    weak var store: ObjectStore?
  }

  private static let lock = NSLock()
  nonisolated(unsafe) private static var entries: [Directory: Entry] = [:]  // guarded by `lock`

  /// Why there is no store to be seen at `path`: two reasons say that there is none, and behind any
  /// other, such as a directory that may not be entered, there may be one.
  static func noStore(_ errno: Int32, at path: String) -> ObjectStoreError {
    errno == ENOENT || errno == ENOTDIR
      ? .notAStore(path: path) : .ioError(errno: errno, path: path)
  }

  /// Runs `body` while this process has no store open in the directory `path`, and opens none.
  ///
  /// - Throws: what `body` throws; ``ObjectStoreError/busy(path:)`` where it has one open,
  ///   ``ObjectStoreError/notAStore(path:)`` where there is no directory.
  static func whileClosed<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    let directory = try directory(at: path)
    while true {
      lock.lock()
      guard let entry = entries[directory] else { break }
      lock.unlock()
      guard entry.store == nil else { throw ObjectStoreError.busy(path: path) }
      usleep(1000)
    }
    defer { lock.unlock() }
    return try body()
  }

  private static func directory(at path: String) throws -> Directory {
    var status = stat()
    guard stat(path, &status) == 0 else { throw noStore(errno, at: path) }
    return Directory(device: UInt(status.st_dev), inode: UInt(status.st_ino))
  }

  /// The store in the directory `path` that is open already, or the one that `make` opens.
  ///
  /// - Throws: what `make` throws; ``ObjectStoreError/notAStore(path:)`` where there is no directory.
  static func store(at path: String, make: () throws -> ObjectStore) throws -> ObjectStore {
    let directory = try directory(at: path)
    while true {
      lock.lock()
      guard let entry = entries[directory] else { break }
      lock.unlock()
      if let store = entry.store { return store }
      // The last reference is gone, but the environment is still being closed.
      usleep(1000)
    }
    defer { lock.unlock() }
    let store = try make()
    entries[directory] = Entry(store: store)
    store.whenClosed = {
      lock.lock()
      defer { lock.unlock() }
      entries[directory] = nil
    }
    return store
  }
}
