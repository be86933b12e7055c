package import ObjectStore

/// A place for named files as object storages are: files appear whole, there are folders in names alone,
/// and nothing can be compared and swapped.
package protocol ObjectStorage {
  /// The names in a folder; none where there is no such folder.
  func list(_ folder: String) throws -> [String]
  /// Brings files of a folder into a local directory. One that is not there is passed over.
  func get(_ names: [String], from folder: String, to directory: String) throws
  /// Puts a local file there. It appears whole or not at all, and one of the name is replaced.
  func put(_ file: String, as name: String, in folder: String) throws
  /// Removes a file, if it is there.
  func remove(_ name: String, from folder: String) throws
}

/// What is wrong with a depot. Nothing that it holds has been referenced here.
package enum DepotError: Error, Hashable, Sendable {
  /// A file that should be there is not.
  case missing(path: String)
  /// A file's bytes are not those of its name, or not in their form.
  case damaged(path: String, reason: DepotFault)
  /// Others push all the time.
  case locked
  /// A file of the depot cannot be kept here for a moment.
  case noRoom(path: String)
}

/// What is wrong with a file of a depot.
package enum DepotFault: Hashable, Sendable {
  /// Its bytes are not those of its name.
  case otherBytes
  case tooLong
  /// It is a state, and its name has another number.
  case otherGeneration
  case pack(PackError)
  /// It has the bytes of its name and not its form.
  case malformed(String)
}

/// The folders of a depot; SPEC.md, section 4.5.
enum DepotFolder: String {
  case packs
  case indexes
  case states
  case locks
}
