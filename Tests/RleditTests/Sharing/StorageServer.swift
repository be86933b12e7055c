import Foundation
import TestSupport

/// Storage behind a network protocol, as rclone serves a folder: it listens on the loopback alone and ends
/// with the test.
final class StorageServer {
  enum NetworkProtocol: String, CaseIterable {
    case webdav
    case sftp
  }

  /// A folder in it, which is not there yet.
  let location = "rclone:served:depot"
  /// What makes rclone know the remote.
  let environment: [String: String]
  private let directory: TemporaryDirectory
  private let server: LoopbackServer

  init(_ kind: NetworkProtocol) throws {
    directory = try TemporaryDirectory()
    let served = directory.path("served")
    try FileManager.default.createDirectory(atPath: served, withIntermediateDirectories: false)
    let port = try LoopbackServer.freePort()
    var settings = ["TYPE": kind.rawValue]
    var login: [String] = []
    switch kind {
    case .webdav:
      settings["URL"] = "http://127.0.0.1:\(port)"
      settings["VENDOR"] = "other"
    case .sftp:
      settings["HOST"] = "127.0.0.1"
      settings["PORT"] = String(port)
      settings["USER"] = "user"
      settings["PASS"] = try Self.obscured("word", directory)
      login = ["--user", "user", "--pass", "word"]
    }
    environment = Dictionary(
      uniqueKeysWithValues: settings.map { ("RCLONE_CONFIG_SERVED_\($0.key)", $0.value) })
    server = try LoopbackServer(
      [Self.rclone, "serve", kind.rawValue, "--addr", "127.0.0.1:\(port)"] + login + [served],
      port: port, environment: Self.environment(directory))
  }

  func stop() {
    server.stop()
  }

  private static let rclone = "/usr/bin/rclone"

  /// It keeps the server's host key at home.
  private static func environment(_ directory: TemporaryDirectory) -> [String: String] {
    ["PATH": "/usr/bin:/bin", "HOME": directory.path]
  }

  /// A password in the form in which rclone's settings have it.
  private static func obscured(
    _ password: String, _ directory: TemporaryDirectory
  ) throws -> String {
    let result = try RunningCommand(
      path: rclone, arguments: ["obscure", password], directory: directory.path,
      environment: environment(directory)
    ).wait()
    guard result.status == 0 else { throw LoopbackServer.Unavailable(reason: result.errors) }
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
