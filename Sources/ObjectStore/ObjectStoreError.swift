package import ObjectModel

/// A thing in the store that an error or a fault speaks of.
package enum StoredItem: Hashable, Sendable {
  case chunk(ChunkID)
  /// An object of the type of this name.
  case object(type: String, id: Digest256)
  case reference(ReferenceName)
  /// An entry of the operation log.
  case operation(number: Int)
  /// A snapshot of a model's state, kept so that it need not be derived again.
  case stateSnapshot(model: ModelID, next: Int)
  /// What was derived from a commit and kept.
  case derivedRecord(CommitID)
  /// An entry of the database that describes the store itself.
  case property(name: String)
  /// A page of the store's file, and what it is of, in words.
  case page(number: Int, of: String)
}

/// Why the store could not do what it was asked for. Whatever the case, the store's content is what
/// it was before the call.
package enum ObjectStoreError: Error, Sendable, Hashable {
  /// There is no store at `path`.
  case notAStore(path: String)
  /// A store cannot be made at `path`: there is one.
  case alreadyAStore(path: String)
  /// A store cannot be made at `path`: that is not an empty directory.
  case notAnEmptyDirectory(path: String)
  /// A newer program made this store; this one reads formats up to `supported`.
  case newerFormat(found: Int, supported: Int)
  /// The data file is shorter than its own account of itself: a copy was cut off.
  case truncated(path: String, expectedBytes: Int, foundBytes: Int)
  /// The item is not in the store.
  case missing(StoredItem)
  /// The item's bytes have another hash than its name says: disk damage or a foreign writer.
  case corrupted(StoredItem, foundHash: String)
  /// The item's bytes are not of the form they ought to have.
  case malformed(StoredItem, reason: String)
  /// A blob's chunks are as named, but together they are not the bytes of its SHA-256.
  case blobMismatch(expected: ContentHash, found: ContentHash)
  /// Other bytes with the same XXH3-128 are in the store; these cannot be added.
  case collision(ChunkID)
  /// Someone else moved the reference meanwhile.
  case referenceChanged(ReferenceName, expected: Reference?, found: Reference?)
  /// The map of `limit` bytes is full and could not grow: the address space is used up, or this
  /// process holds a snapshot, whose pointers growing would invalidate.
  case mapFull(limit: Int)
  /// The disk (or the user's quota of it) is full.
  case diskFull(path: String)
  /// Other processes hold the store in a way that left no room; trying again may help.
  case busy(path: String)
  /// One transaction changed more pages than LMDB can keep track of.
  case transactionTooLarge
  /// The system refused an operation on `path`.
  case ioError(errno: Int32, path: String)
  /// LMDB failed in a way that should not arise; the code is LMDB's.
  case databaseFailure(code: Int32, message: String)
}
