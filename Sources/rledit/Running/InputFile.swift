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
      byteCount = (try? descriptor.seek(offset: 0, from: .end)).map(Int.init) ?? 0
      _ = try? descriptor.seek(offset: 0, from: .start)
    } catch let error as Errno {
      throw ModelFileError.inputOutput(path: path, errno: error.rawValue)
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
