import Glibc
import SystemPackage

/// A file that appears under its name complete and on disk, or not at all.
///
/// Bytes go to a temporary neighbour in the same directory; ``finish()`` flushes it and renames it
/// over the destination. A writer that is dropped unfinished removes its temporary file; one that
/// is killed leaves it behind under a name ending in `.partial`.
package final class AtomicFile {
  private let path: String
  private let temporary: FilePath
  private var descriptor: FileDescriptor?

  /// Creates the temporary file beside `path`.
  ///
  /// - Throws: `ModelFileError.inputOutput`, for instance where the directory does not exist.
  package init(path: String) throws {
    self.path = path
    let destination = FilePath(path)
    let name = destination.lastComponent?.string ?? "file"
    let unique = UInt64.random(in: .min ... .max)
    temporary = destination.removingLastComponent()
      .appending(".\(name).\(String(unique, radix: 16)).partial")
    do {
      descriptor = try FileDescriptor.open(
        temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch let error as Errno {
      throw ModelFileError.inputOutput(path: path, errno: error.rawValue)
    }
  }

  deinit {
    guard let descriptor else { return }
    try? descriptor.close()
    unlink(temporary.string)
  }

  /// Appends `bytes`.
  ///
  /// - Throws: `ModelFileError.inputOutput`, `ENOSPC` where the disk is full.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    try convertingErrno { try descriptor?.writeAll(bytes) }
  }

  /// Makes the bytes durable and gives the file its name; nothing can be appended afterwards.
  ///
  /// - Throws: `ModelFileError.inputOutput`; the destination is then what it was.
  package func finish() throws {
    guard let open = descriptor else { return }
    try convertingErrno {
      guard fsync(open.rawValue) == 0 else { throw Errno(rawValue: errno) }
      guard rename(temporary.string, path) == 0 else { throw Errno(rawValue: errno) }
      descriptor = nil
      try open.close()
      // The new name lives in the directory, which has to reach the disk as well.
      let parent = FilePath(path).removingLastComponent()
      let directory = try FileDescriptor.open(
        parent.isEmpty ? "." : parent, .readOnly, options: [.directory, .closeOnExec])
      try directory.closeAfter {
        guard fsync(directory.rawValue) == 0 else { throw Errno(rawValue: errno) }
      }
    }
  }

  /// Writes a small file in one call.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    let file = try AtomicFile(path: path)
    try bytes.withUnsafeBytes { try file.append($0) }
    try file.finish()
  }

  private func convertingErrno(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as Errno {
      throw ModelFileError.inputOutput(path: path, errno: error.rawValue)
    }
  }
}
