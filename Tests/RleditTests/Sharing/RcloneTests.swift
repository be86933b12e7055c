import Foundation
import TestSupport
import Testing

/// clone, fetch, pull and push by rclone, over its backend for local folders and over two for the network.
@Suite struct RcloneTests {
  private func location(_ directory: TemporaryDirectory) -> String {
    "rclone::local:\(directory.path)/depot"
  }

  @Test func storesExchangeTheirCommits() throws {
    let storage = try TemporaryDirectory()
    try expectExchange(at: location(storage))
  }

  @Test(arguments: StorageServer.NetworkProtocol.allCases)
  func storesExchangeTheirCommitsOverANetwork(_ kind: StorageServer.NetworkProtocol) throws {
    let server = try StorageServer(kind)
    defer { server.stop() }
    try expectExchange(at: server.location, server.environment)
  }

  private func expectExchange(at location: String, _ settings: [String: String] = [:]) throws {
    let place = try Workplace.withHistory(deltas: 2)
    place.rledit.environment.merge(settings) { $1 }
    try place.succeed("tag", "v1", "HEAD~1", "-m", "first")
    try place.succeed("switch", "-c", "side")
    try place.succeed("remote", "add", "origin", location)
    try place.succeed("push", "--all")
    let copy = try Workplace()
    copy.rledit.environment.merge(settings) { $1 }
    try copy.succeed("clone", location)
    #expect(try copy.json("status")["branch"] as? String == "side")
    #expect(try copy.succeed("remote").contains("origin\t\(location)"))
    for name in ["main", "side", "v1"] {
      #expect(try copy.id(name) == place.id(name))
      #expect(try copy.digests(name) == place.digests(name))
    }
    try copy.commitDelta(7)
    #expect(try copy.json("push")["newObjects"] as? Int ?? 0 >= 4)
    try place.commitDelta(8)
    let refused = try place.rledit("push")
    #expect(refused.status == 11 && refused.errors.contains("rledit pull"))
    try place.succeed("pull")
    try place.succeed("push")
    try copy.succeed("pull")
    #expect(try copy.digests() == place.digests())
    try place.expectWhole()
    try copy.expectWhole()
    #expect(try copy.json("fetch")["newObjects"] as? Int == 0)
  }

  @Test func whatGoesWrongIsTold() throws {
    let storage = try TemporaryDirectory()
    let place = try Workplace.withHistory(deltas: 1)
    func expect(
      _ arguments: String..., status: Int32, says: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let result = try place.rledit.run(arguments)
      #expect(
        result.status == status && result.errors.contains(says) && result.errors.contains("hint: "),
        "\(result.errors)", sourceLocation: sourceLocation)
    }
    try expect("clone", location(storage), "new", status: 12, says: "no branch or tag")
    try expect("fetch", "rclone:nowhere:x", status: 17, says: "didn't find section in config file")
    try expect("remote", "add", "x", "rclone:", status: 2, says: "no remote of rclone")
    try expect("remote", "add", "x", "rclone:--config=y", status: 2, says: "no remote of rclone")
    try place.succeed("push", location(storage))
    place.rledit.environment["RLEDIT_RCLONE"] = "/no/such/rclone"
    try expect("fetch", location(storage), status: 17, says: "rclone")
    place.rledit.environment["RLEDIT_RCLONE"] = nil
    // Damage is refused and named.
    let packs = storage.path("depot/packs")
    let pack = try #require(FileManager.default.contentsOfDirectory(atPath: packs).first)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(packs)/\(pack)"))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: "\(packs)/\(pack)"))
    try expect("clone", location(storage), "new", status: 15, says: pack)
    let told = try place.rledit("clone", location(storage), "new").errors
    #expect(told.contains("is damaged: in the pack, the bytes of "), "\(told)")
    #expect(!told.contains("("), "\(told)")
    #expect(!FileManager.default.fileExists(atPath: place.path("new/.rledit")))
  }

  /// Without a network, and without rclone: it says what to install.
  @Test func aMachineWithoutRcloneIsTold() throws {
    let place = try Workplace.withHistory()
    let result = try RunningCommand(
      path: CommandRunner.executable, arguments: ["push", "rclone:x:y"],
      directory: place.directory.path, environment: ["PATH": place.directory.path]
    ).wait()
    #expect(result.status == 17 && result.errors.contains("install rclone"), "\(result.errors)")
  }
}
