import Foundation
import Glibc

/// Where stores are looked for and made.
enum StoreLocation {
  /// The directory that holds a store, in the directory that the user works in.
  static let name = ".rledit"

  /// The store of the command line: `--store`, else `RLEDIT_STORE`, else the nearest `.rledit` from
  /// the working directory upwards. One that is found, and not named, has to be the user's own: whoever
  /// may write above the working directory could otherwise have their hooks run.
  ///
  /// - Throws: ``CommandError/noStoreFound(directory:)``, ``CommandError/foreignStore(path:)``.
  static func find(_ chosen: String?) throws -> String {
    if let path = chosen ?? Environment.value("RLEDIT_STORE") { return path }
    let start = FileManager.default.currentDirectoryPath
    // A working directory that was removed has no path, and nothing lies above it.
    guard start.hasPrefix("/") else { throw CommandError.noStoreFound(directory: ".") }
    var directory = URL(fileURLWithPath: start).standardizedFileURL
    while true {
      let candidate = directory.appendingPathComponent(name).path
      var isDirectory: ObjCBool = false
      if FileManager.default.fileExists(atPath: candidate, isDirectory: &isDirectory),
        isDirectory.boolValue
      {
        guard isTrusted(candidate) else { throw CommandError.foreignStore(path: candidate) }
        return candidate
      }
      let parent = directory.deletingLastPathComponent().standardizedFileURL
      guard parent.path != directory.path else {
        throw CommandError.noStoreFound(directory: start)
      }
      directory = parent
    }
  }

  /// Whether a directory, and the link to it where it is one, belongs to this user or the system.
  private static func isTrusted(_ path: String) -> Bool {
    for look in [stat, lstat] {
      var status = Glibc.stat()
      guard look(path, &status) == 0, status.st_uid == geteuid() || status.st_uid == 0 else {
        return false
      }
    }
    return true
  }
}
