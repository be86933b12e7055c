import Glibc

/// The bytes of a file or pipe as a window that moves over it: what was taken is forgotten, and more
/// is read when it is asked for. Nothing is mapped and nothing seeks, so that a pipe will do.
final class FactsBytes {
  private let path: String
  private let descriptor: Int32
  private var chunk: [UInt8]
  private var window: [UInt8] = []
  /// The first byte of `window` that is not taken yet.
  private var start = 0

  /// The line of the next byte, from 1.
  private(set) var line = 1
  /// The bytes of that line which are taken already.
  private var taken = 0
  /// The most bytes that were held at once.
  private(set) var mostHeld = 0

  /// - Parameter chunkSize: The bytes to ask the system for at once, at least 1.
  /// - Throws: ``FactsError/fileMissing(path:)`` or ``FactsError/inputOutput(path:errno:)``.
  init(path: String, chunkSize: Int) throws {
    self.path = path
    chunk = [UInt8](repeating: 0, count: max(1, chunkSize))
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw errno == ENOENT
        ? FactsError.fileMissing(path: path) : FactsError.inputOutput(path: path, errno: errno)
    }
  }

  deinit { close(descriptor) }

  /// The bytes that are held and not taken.
  var count: Int { window.count - start }

  /// Such a byte, `offset` ones behind the next.
  subscript(offset: Int) -> UInt8 { window[start + offset] }

  /// The first `count` bytes that are not taken.
  func withBytes<Result>(
    _ count: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try window.withUnsafeBytes {
      try body(UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
    }
  }

  /// Reads on, and says whether there was more.
  ///
  /// - Throws: ``FactsError/inputOutput(path:errno:)``.
  /// - Complexity: O(*n*) in the bytes held and read.
  func fill() throws -> Bool {
    if start > 0 {
      window.removeSubrange(..<start)
      start = 0
    }
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count >= 0 {
        window += chunk[..<count]
        mostHeld = max(mostHeld, window.count)
        return count > 0
      }
      guard errno == EINTR else { throw FactsError.inputOutput(path: path, errno: errno) }
    }
  }

  /// Takes the next `count` bytes.
  func take(_ count: Int) {
    (line, taken) = position(count)
    start += count
  }

  /// The line of the byte `offset` ones behind the next, and its column, both from 1.
  func place(of offset: Int) -> (line: Int, column: Int) {
    let (line, before) = position(offset)
    return (line, before + 1)
  }

  /// The line of a byte, and how many bytes of that line come before it.
  private func position(_ offset: Int) -> (line: Int, before: Int) {
    withBytes(offset) { bytes in
      var (line, before) = (line, taken)
      for byte in bytes {
        before += 1
        if byte == UInt8(ascii: "\n") { (line, before) = (line + 1, 0) }
      }
      return (line, before)
    }
  }
}
