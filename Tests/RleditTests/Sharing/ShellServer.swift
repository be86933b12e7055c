import Foundation
import Glibc
import TestSupport

/// An sshd of the test's own: it listens on the loopback alone, knows one key, and ends with the test.
final class ShellServer {
  let port: Int
  /// What to put in the place of `ssh`, so that it knows the server and the key.
  let command: String
  private let directory: TemporaryDirectory
  private let process = Process()
  private let input = Pipe()

  struct Unavailable: Error {
    let reason: String
  }

  init() throws {
    directory = try TemporaryDirectory()
    for name in ["host", "user"] {
      try Self.run(
        "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", directory.path(name)])
    }
    // What sshd wants in place of privileges of its own; it is there where the service was ever started.
    if getuid() == 0 {
      try FileManager.default.createDirectory(
        atPath: "/run/sshd", withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o755])
    }
    port = try Self.freePort()
    let configuration = """
      ListenAddress 127.0.0.1
      Port \(port)
      HostKey \(directory.path("host"))
      AuthorizedKeysFile \(directory.path("user.pub"))
      PidFile none
      StrictModes no
      UsePAM no
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      PermitRootLogin prohibit-password
      """
    try Data(configuration.utf8).write(to: URL(fileURLWithPath: directory.path("sshd_config")))
    command =
      "ssh -i \(directory.path("user")) -o BatchMode=yes -o IdentitiesOnly=yes -F none"
      + " -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=\(directory.path("known"))"
    // Not by itself: sshd closes all that it inherits, which `Process` takes for its end. The shell waits
    // for the end of its input, since it may have inherited a mask that keeps signals from it.
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "/usr/sbin/sshd -D -e -f \"$1\" & read -r line; kill $!", "sshd",
      directory.path("sshd_config"),
    ]
    process.standardInput = input
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<500 where !answers { usleep(10_000) }
    guard answers else {
      stop()
      throw Unavailable(reason: "sshd does not listen")
    }
  }

  func stop() {
    guard process.isRunning else { return }
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  private var answers: Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return Self.withAddress(port) { connect(descriptor, $0, $1) } == 0
  }

  private static func freePort() throws -> Int {
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

  private static func run(_ path: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Unavailable(reason: path) }
  }
}
