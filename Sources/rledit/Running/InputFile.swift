import Glibc
import ModelFiles
import SystemPackage

/// A file that is read from its beginning to its end.
final class InputFile {
  /// 0 where it is not known, as of a pipe.
  let byteCount: Int
  private let path: String
  private let descriptor: FileDescriptor

  /// - Throws: `ModelFileError.inputOutput`.
  init(path: String) throws {
    self.path = path
    do {
      descriptor = try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.closeOnExec])
      byteCount = try Self.byteCount(of: descriptor)
    } catch let error as Errno {
      throw ModelFileError.inputOutput(path: path, errno: error.rawValue)
    }
  }

  private static func byteCount(of descriptor: FileDescriptor) throws -> Int {
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw Errno.isDirectory
    case S_IFREG: return Int(status.st_size)
    default: return 0
    }
  }

  deinit { try? descriptor.close() }

  /// The next bytes, fewer than asked for only at the end.
  ///
  /// - Throws: `ModelFileError.inputOutput`.
  func read(_ count: Int) throws -> [UInt8] {
    do {
      return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        let bytes = UnsafeMutableRawBufferPointer(buffer)
        while filled < count {
          let read = try descriptor.read(
            into: UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]))
          guard read > 0 else { break }
          filled += read
        }
      }
    } catch let error as Errno {
      throw ModelFileError.inputOutput(path: path, errno: error.rawValue)
    }
  }
}
