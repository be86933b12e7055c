import Foundation
import Glibc
import ModelFiles

/// A directory that appears under its name complete, or not at all.
///
/// Files are written into a temporary neighbour, which ``finish()`` renames. One that is dropped
/// unfinished is removed; one whose process is killed stays behind under a name ending in `.partial`
/// until the next export to the same path, which removes it. A lock on the neighbour, which ends with
/// its process, tells those that are being written.
final class ExportDirectory {
  /// Where to write the files.
  let temporaryPath: String
  private let path: String
  private let replacing: Bool
  /// Holds the lock on the temporary directory.
  private let descriptor: Int32
  private var isFinished = false

  private static let suffix = ".partial"

  /// - Parameter replacing: whether a directory that holds files may be replaced. Even then each of
  ///   them must be a file that an export writes, so that a slip of the path costs no other data.
  /// - Throws: ``ModelStoreError/destinationInUse(path:entry:)``,
  ///   ``ModelFiles/ModelFileError/inputOutput(path:errno:)``.
  init(path: String, replacing: Bool, ownNames: Set<String>) throws {
    let url = URL(fileURLWithPath: path).standardizedFileURL
    self.path = url.path
    self.replacing = replacing
    try Self.requireFree(url.path, replacing: replacing, ownNames: ownNames)
    let parent = url.deletingLastPathComponent()
    let prefix = ".\(url.lastPathComponent)."
    Self.removeAbandoned(in: parent, prefix: prefix)
    while true {
      let unique = String(UInt64.random(in: .min ... .max), radix: 16)
      let candidate = parent.appendingPathComponent(prefix + unique + Self.suffix).path
      guard mkdir(candidate, 0o777) == 0 else {
        throw ModelFileError.inputOutput(path: path, errno: errno)
      }
      let descriptor = open(candidate, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      // Before it was locked, another export may have taken it for abandoned.
      if descriptor < 0, errno == ENOENT { continue }
      guard descriptor >= 0 else { throw ModelFileError.inputOutput(path: path, errno: errno) }
      // Where locks are not supported nobody gets one, so that nothing is removed either.
      flock(descriptor, LOCK_EX | LOCK_NB)
      guard access(candidate, F_OK) == 0 else {
        close(descriptor)
        continue
      }
      (self.descriptor, temporaryPath) = (descriptor, candidate)
      return
    }
  }

  /// Removes what exports to the same path left behind that were killed.
  private static func removeAbandoned(in parent: URL, prefix: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    for name in names where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      let unique = name.dropFirst(prefix.count).dropLast(suffix.count)
      guard !unique.isEmpty, unique.allSatisfy(\.isHexDigit) else { continue }
      let path = parent.appendingPathComponent(name).path
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        try? FileManager.default.removeItem(atPath: path)
      }
      close(descriptor)
    }
  }

  deinit {
    close(descriptor)
    if !isFinished { try? FileManager.default.removeItem(atPath: temporaryPath) }
  }

  /// Gives the directory its name. The files in it must be on disk.
  ///
  /// - Throws: ``ModelFiles/ModelFileError/inputOutput(path:errno:)``; the destination is then what
  ///   it was.
  func finish() throws {
    if rename(temporaryPath, path) != 0 {
      guard replacing, errno == ENOTEMPTY || errno == EEXIST else { throw failure() }
      try exchange()
    }
    isFinished = true
    try Self.synchronize(URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  /// Puts the new directory in the place of an old one, which is then removed. A process killed
  /// between the two renames leaves both beside the path, under names that begin with a dot.
  private func exchange() throws {
    let old = temporaryPath + ".old"
    guard rename(path, old) == 0 else { throw failure() }
    guard rename(temporaryPath, path) == 0 else {
      let error = failure()
      rename(old, path)
      throw error
    }
    try? FileManager.default.removeItem(atPath: old)
  }

  private func failure() -> ModelFileError {
    .inputOutput(path: path, errno: errno)
  }

  private static func requireFree(
    _ path: String, replacing: Bool, ownNames: Set<String>
  ) throws {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return }
    guard isDirectory.boolValue else {
      throw ModelStoreError.destinationInUse(path: path, entry: path)
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw ModelFileError.inputOutput(path: path, errno: EACCES)
    }
    let inTheWay = replacing ? names.filter { !ownNames.contains($0) } : names
    if let entry = inTheWay.min() {
      throw ModelStoreError.destinationInUse(path: path, entry: entry)
    }
  }

  /// Makes the names in a directory durable.
  private static func synchronize(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ModelFileError.inputOutput(path: path, errno: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw ModelFileError.inputOutput(path: path, errno: errno)
    }
  }
}
