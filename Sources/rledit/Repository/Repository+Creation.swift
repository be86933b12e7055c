import Foundation
import Glibc
import Ledger
import ObjectStore
import SystemPackage

extension Repository {
  /// Makes a store with an empty history, or finishes one whose making was cut off.
  ///
  /// - Parameters:
  ///   - directory: where to keep it; `nil` is the store of the command line, else here.
  ///   - location: of the store that is to be copied into it, if one is.
  /// - Throws: ``CommandError/cannotMakeDirectory(path:errno:)``,
  ///   ``CommandError/unfinishedClone(path:of:)``, `ObjectStoreError`, `TensorError`.
  static func create(
    in directory: String?, _ options: GlobalOptions, cloning location: String? = nil
  ) throws -> Repository {
    let path = try storePath(directory, options)
    let repository = Repository(
      store: try makeStore(at: path), compute: try options.compute(),
      signing: options.signingKeyFile)
    try repository.begin(cloning: location)
    return repository
  }

  private static func storePath(
    _ directory: String?, _ options: GlobalOptions
  ) throws -> String {
    if directory == nil, let chosen = options.store ?? Environment.value("RLEDIT_STORE") {
      return chosen
    }
    let parent = directory ?? "."
    try makeDirectories(parent)
    return URL(fileURLWithPath: parent).standardizedFileURL
      .appendingPathComponent(StoreLocation.name).path
  }

  /// Makes a directory and those above it, where they are missing. By hand, since Foundation does not
  /// tell the system's reason reliably.
  private static func makeDirectories(_ path: String) throws {
    if mkdir(path, 0o777) == 0 { return }
    let reason = errno
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    let parent = FilePath(path).removingLastComponent()
    guard reason == ENOENT, !parent.isEmpty, parent != FilePath(path) else {
      throw CommandError.cannotMakeDirectory(path: path, errno: reason)
    }
    try makeDirectories(parent.string)
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw CommandError.cannotMakeDirectory(path: path, errno: errno)
    }
  }

  /// A store whose making was cut off before it had a history is finished, not refused; nor is one taken
  /// for something else that has files of its user's beside its own.
  private static func makeStore(at path: String) throws -> ObjectStore {
    do {
      return try ObjectStore.create(at: path)
    } catch ObjectStoreError.alreadyAStore, ObjectStoreError.notAnEmptyDirectory,
      ObjectStoreError.notAStore
    {
      do {
        return try ObjectStore.open(at: path)
      } catch ObjectStoreError.notAStore {
        throw ObjectStoreError.notAnEmptyDirectory(path: path)
      }
    }
  }
}
