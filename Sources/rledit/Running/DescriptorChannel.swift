import Glibc
import Ledger

/// Bytes over two file descriptors. Waiting ends when the program is interrupted.
final class DescriptorChannel: ByteChannel {
  /// How long to wait before looking whether the program was interrupted.
  private static let waitMilliseconds: Int32 = 100
  private static let bufferBytes = 1 << 16

  private let input: Int32
  private let output: Int32
  private var buffer: [UInt8] = []
  private var position = 0

  init(input: Int32, output: Int32) {
    self.input = input
    self.output = output
  }

  func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      if position == buffer.count {
        buffer = try available()
        position = 0
        if buffer.isEmpty { break }
      }
      let end = min(buffer.count, position + count - bytes.count)
      bytes += buffer[position..<end]
      position = end
    }
    return bytes
  }

  /// The bytes that have come, after waiting for some; none at the end.
  private func available() throws -> [UInt8] {
    while true {
      try wait(input, Int16(POLLIN))
      var failure: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: Self.bufferBytes) { space, count in
        let result = Glibc.read(input, space.baseAddress, space.count)
        if result < 0 { failure = errno }
        count = max(0, result)
      }
      switch failure {
      case 0, ECONNRESET, EIO: return bytes
      case EINTR, EAGAIN: continue
      default: throw CommandError.lineFailed(errno: failure)
      }
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var written = 0
    while written < bytes.count {
      let result = Glibc.write(
        output, bytes.baseAddress?.advanced(by: written), bytes.count - written)
      if result >= 0 {
        written += result
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: try wait(output, Int16(POLLOUT))
      case EPIPE, ECONNRESET: throw WireError.ended
      default: throw CommandError.lineFailed(errno: errno)
      }
    }
  }

  private func wait(_ descriptor: Int32, _ events: Int16) throws {
    while true {
      try Task.checkCancellation()
      var waited = pollfd(fd: descriptor, events: events, revents: 0)
      let ready = poll(&waited, 1, Self.waitMilliseconds)
      if ready > 0 { return }
      guard ready == 0 || errno == EINTR else { throw CommandError.lineFailed(errno: errno) }
    }
  }
}
