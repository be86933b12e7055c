import Foundation
import Glibc

/// A server of a test's own on a port of the loopback, which ends with the test.
final class LoopbackServer {
  private let process = Process()
  private let input = Pipe()

  struct Unavailable: Error {
    let reason: String
  }

  /// Starts a server and waits until it listens.
  ///
  /// The shell waits for the end of its input, which comes with the end of the tests, however they end. It
  /// is there also because sshd closes all that it inherits, which `Process` takes for its end, and because
  /// a server may inherit a mask that keeps signals from it.
  ///
  /// - Parameter words: the program and its arguments.
  init(_ words: [String], port: Int, environment: [String: String]? = nil) throws {
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "\"$@\" & read -r line; kill $!", "server"] + words
    if let environment { process.environment = environment }
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<2000 {
      if Self.answers(port) { return }
      usleep(10_000)
    }
    stop()
    throw Unavailable(reason: "\(words[0]) does not listen")
  }

  func stop() {
    guard process.isRunning else { return }
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let found =
      withAddress(0) { bind(descriptor, $0, $1) } == 0
      && withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          getsockname(descriptor, $0, &length)
        }
      } == 0
    guard found else { throw Unavailable(reason: "no port is free") }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  private static func answers(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return withAddress(port) { connect(descriptor, $0, $1) } == 0
  }

  private static func withAddress(
    _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
