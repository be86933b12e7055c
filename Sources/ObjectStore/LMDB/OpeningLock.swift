import Foundation

/// Lets one process at a time open a store, or write its file anew.
///
/// LMDB is not safe from a kill here. Who opens a store that nobody has open makes its lock file anew, with
/// the number of no transaction, and puts the number of the last one in when the store is open. Where that
/// process is killed in between, whoever waited for LMDB's own lock goes on with number 0: it builds upon
/// whichever of the two roots stands in the even place, be it the older one, and gives numbers a second time, so
/// that commits and lists of free pages are lost. Who waits here instead waits outside of LMDB, and
/// makes the lock file anew itself.
///
/// The lock is `flock`'s, on the store's directory: it goes with the descriptor, of whichever process, and
/// closing a descriptor of the lock file would drop the locks that LMDB holds on it.
enum OpeningLock {
  /// Runs `body` while no other process opens the store in the directory `path`; waits until it may.
  ///
  /// - Throws: ``ObjectStoreError/notAStore(path:)`` where there is no such directory,
  ///   ``ObjectStoreError/ioError(errno:path:)``; what `body` throws.
  static func hold<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    let directory = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw StoreRegistry.noStore(errno, at: path) }
    // Closing gives the lock back.
    defer { close(directory) }
    while flock(directory, LOCK_EX) != 0 {
      guard errno == EINTR else { throw ObjectStoreError.ioError(errno: errno, path: path) }
    }
    return try body()
  }
}
