import Foundation
import Glibc
import TestSupport

/// An sshd of the test's own: it listens on the loopback alone, knows one key, and ends with the test.
final class ShellServer {
  let port: Int
  /// What to put in the place of `ssh`, so that it knows the server and the key.
  let command: String
  private let directory: TemporaryDirectory
  private let server: LoopbackServer

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
    port = try LoopbackServer.freePort()
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
    server = try LoopbackServer(
      ["/usr/sbin/sshd", "-D", "-e", "-f", directory.path("sshd_config")], port: port)
  }

  func stop() {
    server.stop()
  }

  private static func run(_ path: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw LoopbackServer.Unavailable(reason: path) }
  }
}
