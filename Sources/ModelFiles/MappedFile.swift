import Glibc
import SystemPackage

/// A whole file, mapped read-only into memory.
///
/// The bytes stay valid as long as this object lives. They are the file's own pages: if another
/// process shortens the file meanwhile, touching the pages that are gone raises `SIGBUS`, which no
/// reader can turn into an error. Model files are replaced by renaming, not cut, so that the old
/// pages live on.
package final class MappedFile: Sendable {
  /// The path as it was given.
  package let path: String

  /// The file's bytes.
  ///
  /// Shared between threads without a lock because nobody writes: the mapping is private and
  /// read-only and is not undone before the last reference is gone.
  nonisolated(unsafe) package let bytes: UnsafeRawBufferPointer

  /// Maps the file at `path`.
  ///
  /// - Throws: `ModelFileError.inputOutput` where the file cannot be opened, is no regular file or
  ///   cannot be mapped.
  package init(path: String) throws {
    self.path = path
    do {
      // Opening a pipe would wait for somebody to write into it; what is not a regular file is refused.
      let descriptor = try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
      bytes = try descriptor.closeAfter { try MappedFile.map(descriptor) }
    } catch let error as Errno {
      throw ModelFileError.inputOutput(path: path, errno: error.rawValue)
    }
  }

  deinit {
    guard let address = bytes.baseAddress, !bytes.isEmpty else { return }
    munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
  }

  private static func map(_ descriptor: FileDescriptor) throws -> UnsafeRawBufferPointer {
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw status.st_mode & S_IFMT == S_IFDIR ? Errno.isDirectory : Errno.invalidArgument
    }
    let count = Int(status.st_size)
    // An empty mapping is an error to mmap, while an empty file is only an empty file.
    guard count > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor.rawValue, 0),
      address != MAP_FAILED
    else { throw Errno(rawValue: errno) }
    return UnsafeRawBufferPointer(start: address, count: count)
  }
}
