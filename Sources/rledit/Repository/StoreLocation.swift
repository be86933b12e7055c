import Foundation

/// Where stores are looked for and made.
enum StoreLocation {
  /// The directory that holds a store, in the directory that the user works in.
  static let name = ".rledit"

  /// The store of the command line: `--store`, else `RLEDIT_STORE`, else the nearest `.rledit` from
  /// the working directory upwards.
  ///
  /// - Throws: ``CommandError/noStoreFound(directory:)``.
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
        return candidate
      }
      let parent = directory.deletingLastPathComponent().standardizedFileURL
      guard parent.path != directory.path else {
        throw CommandError.noStoreFound(directory: start)
      }
      directory = parent
    }
  }
}
