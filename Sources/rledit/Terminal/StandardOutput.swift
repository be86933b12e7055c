import Glibc
import Synchronization

/// Standard output, buffered. Nothing else in the program writes to it.
///
/// A reader that goes away (`rledit log | head`) is an error of its own, so that the program can end
/// in silence whatever it was doing.
final class StandardOutput: Sendable {
  static let shared = StandardOutput()

  private static let bufferBytes = 1 << 16

  private let buffer = Mutex<[UInt8]>([])
  /// Lines go out at once where somebody watches.
  private let writesAtOnce = isatty(STDOUT_FILENO) != 0

  /// - Throws: ``CommandError/brokenPipe``, ``CommandError/outputFailed(errno:)``.
  func write(_ text: String) throws {
    try buffer.withLock { buffer in
      buffer.append(contentsOf: text.utf8)
      if writesAtOnce || buffer.count >= Self.bufferBytes { try Self.flush(&buffer) }
    }
  }

  /// Writes what is buffered; throws as ``write(_:)``.
  func flush() throws {
    try buffer.withLock { try Self.flush(&$0) }
  }

  private static func flush(_ buffer: inout [UInt8]) throws {
    // What could not be written is dropped, else every later flush would fail anew.
    let bytes = buffer
    buffer.removeAll(keepingCapacity: true)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        Glibc.write(
          STDOUT_FILENO, bytes.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno == EPIPE {
        throw CommandError.brokenPipe
      } else if errno != EINTR {
        throw CommandError.outputFailed(errno: errno)
      }
    }
  }
}

/// Standard error: unbuffered, and a failure to write to it changes nothing.
enum StandardError {
  static let isTerminal = isatty(STDERR_FILENO) != 0

  static func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if count == 0 || errno != EINTR {
        return
      }
    }
  }
}
