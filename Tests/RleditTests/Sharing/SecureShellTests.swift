import Foundation
import TestSupport
import Testing

/// clone, fetch, pull and push over ssh, or what stands in its place.
@Suite struct SecureShellTests {
  /// A command that takes ssh's arguments and runs the last one by a shell here, from the folder `home`.
  static func standIn(_ place: Workplace, home: String, through filter: String = "") throws
    -> String
  {
    let script = """
      #!/bin/sh
      printf '%s\\n' "$#" "$@" >"\(place.path("ssh.log"))"
      while [ $# -gt 1 ]; do shift; done
      cd '\(home)' || exit 255
      \(filter.isEmpty ? "exec /bin/sh -c \"$1\"" : "/bin/sh -c \"$1\" | \(filter)")
      """
    let path = place.path("standin")
    try Data(script.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  @Test func storesExchangeTheirCommits() throws {
    let place = try Workplace.withHistory(deltas: 2)
    try place.succeed("tag", "v1", "HEAD~1", "-m", "first")
    try place.succeed("switch", "-c", "side")
    let copy = try Workplace()
    copy.rledit.environment["RLEDIT_SSH"] = try Self.standIn(copy, home: place.directory.path)
    try copy.succeed(
      "clone", "ssh://ada@example.org:2222\(place.directory.path)", "-C", copy.directory.path)
    let log = try String(contentsOfFile: copy.path("ssh.log"), encoding: .utf8).split(
      separator: "\n")
    #expect(
      log == [
        "4", "-p", "2222", "ada@example.org", "'rledit' serve -- '\(place.directory.path)'",
      ])
    #expect(try copy.json("status")["branch"] as? String == "side")
    #expect(try copy.succeed("remote").contains("ssh://ada@example.org:2222/"))
    #expect(try copy.digests("v1") == place.digests("v1"))
    try copy.commitDelta(7)
    let pushed = try copy.json("push")
    #expect((pushed["references"] as? [[String: Any]])?.first?["outcome"] as? String == "updated")
    #expect(pushed["newObjects"] as? Int ?? 0 >= 4)
    #expect(try place.id("side") == copy.id())
    #expect(try place.succeed("op", "log").contains("rledit push"))
    // Both go on; the second to push has to take in first.
    try place.commitDelta(8)
    try copy.commitDelta(9)
    let refused = try copy.rledit("push")
    #expect(refused.status == 11 && refused.errors.contains("rledit pull"))
    try copy.succeed("pull")
    try copy.succeed("push")
    #expect(try place.digests() == copy.digests())
    try place.expectWhole()
    try copy.expectWhole()
    // `host:path`, which is relative to the home directory there.
    let second = try Workplace()
    second.rledit.environment["RLEDIT_SSH"] = try Self.standIn(second, home: place.directory.path)
    try second.succeed("clone", "example.org:.rledit")
    #expect(try second.id() == place.id())
    try second.succeed("fetch", "example.org:.")
  }

  @Test func namesThatShellsAndOptionsAreMadeOfDoNothing() throws {
    let place = try Workplace()
    let odd = "it's $(touch pwned) `touch pwned`; touch pwned & -x"
    try FileManager.default.createDirectory(
      atPath: place.path(odd), withIntermediateDirectories: true)
    try place.succeed("init", odd)
    try place.succeed("-C", odd, "import", Golden.path("archs/llama"))
    let copy = try Workplace()
    copy.rledit.environment["RLEDIT_SSH"] = try Self.standIn(copy, home: place.directory.path)
    try copy.succeed("clone", "host:" + odd)
    #expect(!FileManager.default.fileExists(atPath: place.path("pwned")))
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.directory.path) == [odd])
    for location in [
      "ssh://-oProxyCommand=touch%20pwned/x", "-oProxyCommand=touch pwned:x", "-oX:x",
      "ssh://a@-oX/x", "ssh://host:0/x", "ssh://host:x/x", "ssh://host", "ssh:///x",
      "http://host/x",
      "ssh://a b/x", "ssh://host/%0a", "a@b@c:x", "ssh://host/%zz",
    ] {
      let result = try copy.rledit("remote", "add", "bad", "--", location)
      #expect(result.status == 2, "\(location): \(result.errors)\(result.output)")
    }
  }

  @Test func whatGoesWrongThereIsTold() throws {
    let place = try Workplace.withHistory(deltas: 1)
    let copy = try Workplace()
    let command = try Self.standIn(copy, home: place.directory.path)
    copy.rledit.environment["RLEDIT_SSH"] = command
    func expect(
      _ arguments: String..., status: Int32, says: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let result = try copy.rledit.run(arguments)
      #expect(
        result.status == status && result.errors.contains(says) && result.errors.contains("hint: "),
        "\(result.errors)", sourceLocation: sourceLocation)
    }
    try expect("clone", "host:nowhere", status: 10, says: "\"nowhere\" is not a store")
    try expect(
      "clone", "host:.", "--remote-program", "/no/rledit", status: 17, says: "\"/no/rledit\"")
    copy.rledit.environment["RLEDIT_REMOTE_PROGRAM"] = "no-rledit"
    try expect("clone", "host:.", status: 17, says: "\"no-rledit\"")
    copy.rledit.environment["RLEDIT_REMOTE_PROGRAM"] = nil
    copy.rledit.environment["RLEDIT_SSH"] = "exit 255; true"
    try expect("clone", "host:.", status: 17, says: "cannot reach \"host:.\"")
    copy.rledit.environment["RLEDIT_SSH"] = "echo Welcome to this machine; true"
    try expect("clone", "host:.", status: 17, says: "begins with \"Welcome to t\"")
    copy.rledit.environment["RLEDIT_SSH"] = "/no/such/ssh"
    try expect("clone", "host:.", status: 17, says: "host:.")
    #expect(!FileManager.default.fileExists(atPath: copy.path(".rledit")))
    copy.rledit.environment["RLEDIT_SSH"] = command
    try copy.succeed("clone", "host:.", "--remote-program", CommandRunner.executable)
    #expect(try copy.succeed("remote", "list", "--json").contains(CommandRunner.executable))
    try copy.succeed("tag", "v1")
    try place.succeed("tag", "v1", "HEAD~1")
    try expect("push", "origin", "v1", status: 12, says: "v1")
  }

  /// The line breaks after so many bytes; what arrived stays, and the same command goes on.
  @Test func aBrokenCloneGoesOn() throws {
    let place = try Workplace()
    try place.succeed("init")
    try place.writeLargeModel("large.safetensors", tensors: 12)
    try place.succeed("import", "large.safetensors")
    let copy = try Workplace()
    copy.rledit.environment["RLEDIT_SSH"] = try Self.standIn(
      copy, home: place.directory.path,
      through: "dd bs=65536 count=150000000 iflag=count_bytes status=none")
    let broken = try copy.rledit("clone", "host:.")
    #expect(broken.status == 17 && broken.errors.contains("goes on from there"), "\(broken.errors)")
    #expect(try copy.rledit("log").status == 12)
    try copy.expectWhole()
    // Another clone is not put into it.
    let other = try copy.rledit("clone", place.directory.path)
    #expect(other.status == 10 && other.errors.contains("unfinished clone"), "\(other.errors)")
    let again = try copy.rledit("clone", "host:.")
    #expect(again.status == 0, "\(again.errors)")
    #expect(try copy.id() == place.id())
    try copy.expectWhole()
    #expect(try copy.rledit("clone", "host:.").status == 10)
    // What is killed in the middle of a push leaves nothing that a further push trips over.
    copy.rledit.environment["RLEDIT_SSH"] = try Self.standIn(copy, home: place.directory.path)
    try copy.succeed("push")
  }

  /// A real sshd with keys of its own, on a port of this machine's loopback alone.
  @Test func aRealServerOfSecureShellsDoes() throws {
    let server = try ShellServer()
    defer { server.stop() }
    let place = try Workplace.withHistory(deltas: 1)
    let copy = try Workplace()
    copy.rledit.environment["RLEDIT_SSH"] = server.command
    let location = "ssh://127.0.0.1:\(server.port)\(place.directory.path)"
    try copy.succeed("clone", location, "--remote-program", CommandRunner.executable)
    try copy.commitDelta(5)
    try copy.succeed("push")
    #expect(try place.id() == copy.id())
    try place.commitDelta(6)
    try copy.succeed("pull")
    #expect(try place.id() == copy.id())
    try copy.expectWhole()
    server.stop()
    let gone = try copy.rledit("fetch")
    #expect(gone.status == 17 && gone.errors.contains("cannot reach"), "\(gone.errors)")
  }
}
