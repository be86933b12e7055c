import Foundation
import Glibc

/// A terminal whose screen a test can read.
final class PseudoTerminal {
  /// The end that a program is given.
  let end: FileHandle
  private let screen: Int32

  /// Linux's TIOCSPTLCK and TIOCGPTN, which Swift does not see: they are macros with arguments.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  struct Unavailable: Error {}

  init() throws {
    screen = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
    var (locked, number) = (Int32(0), UInt32(0))
    guard screen >= 0, ioctl(screen, Self.setLock, &locked) == 0,
      ioctl(screen, Self.getNumber, &number) == 0,
      case let end = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY), end >= 0
    else { throw Unavailable() }
    self.end = FileHandle(fileDescriptor: end, closeOnDealloc: true)
  }

  deinit { close(screen) }

  /// What was written since the last reading.
  func read() -> String {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = Glibc.read(screen, &buffer, buffer.count), count > 0 {
      text += buffer.prefix(count)
    }
    return String(decoding: text, as: UTF8.self)
  }
}
