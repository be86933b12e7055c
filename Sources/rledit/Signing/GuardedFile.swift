import Glibc
import SystemPackage

/// A small file that decides about trust, and so has to be its owner's alone.
enum GuardedFile {
  /// Who besides the owner may do what with it.
  enum Protection {
    /// Nobody may do anything: it is secret.
    case secret
    /// Nobody unrelated may write it: it is believed.
    case believed

    fileprivate var forbidden: mode_t { self == .secret ? 0o077 : 0o002 }
  }

  /// The bytes of a file. What is looked at is the file that was opened, whatever becomes of its name.
  ///
  /// - Parameter limit: the most bytes that it may have.
  /// - Throws: ``KeyFileError``.
  static func read(_ path: String, _ protection: Protection, limit: Int) throws -> [UInt8] {
    do {
      // Opening a pipe would wait for somebody to write into it.
      let descriptor = try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
      return try descriptor.closeAfter {
        try check(descriptor, path, protection)
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = try bytes.withUnsafeMutableBytes { buffer in
          var filled = 0
          while filled < buffer.count {
            let read = try descriptor.read(
              into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            guard read > 0 else { break }
            filled += read
          }
          return filled
        }
        guard count <= limit else { throw KeyFileError.tooLarge(path: path, limit: limit) }
        return Array(bytes.prefix(count))
      }
    } catch let error as Errno {
      throw KeyFileError.inputOutput(path: path, errno: error.rawValue)
    }
  }

  /// Makes a file that only its owner can read, on disk before this returns.
  ///
  /// - Throws: ``KeyFileError/exists(path:)``, ``KeyFileError/inputOutput(path:errno:)``; then there is no
  ///   file that was not there before.
  static func create(_ path: String, _ bytes: [UInt8]) throws {
    do {
      let descriptor = try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite])
      do {
        try descriptor.closeAfter {
          try descriptor.writeAll(bytes)
          guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
      } catch {
        unlink(path)
        throw error
      }
    } catch Errno.fileExists {
      throw KeyFileError.exists(path: path)
    } catch let error as Errno {
      throw KeyFileError.inputOutput(path: path, errno: error.rawValue)
    }
  }

  /// Appends a line in one step, so that two who do so at once both have theirs; makes the file where
  /// there is none.
  ///
  /// - Throws: ``KeyFileError/inputOutput(path:errno:)``.
  static func append(line: String, to path: String, endsWithLineFeed: Bool) throws {
    do {
      let descriptor = try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.create, .append, .closeOnExec],
        permissions: [.ownerReadWrite])
      try descriptor.closeAfter {
        try descriptor.writeAll(((endsWithLineFeed ? "" : "\n") + line + "\n").utf8)
        guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
      }
    } catch let error as Errno {
      throw KeyFileError.inputOutput(path: path, errno: error.rawValue)
    }
  }

  private static func check(
    _ descriptor: FileDescriptor, _ path: String, _ protection: Protection
  ) throws {
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw KeyFileError.notAFile(path: path) }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw KeyFileError.foreignOwner(path: path)
    }
    guard status.st_mode & protection.forbidden == 0 else {
      throw KeyFileError.openToOthers(
        path: path, mode: status.st_mode & 0o777, isPrivate: protection == .secret)
    }
  }
}
