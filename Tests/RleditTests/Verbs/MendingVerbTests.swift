import Foundation
import ModelFiles
import TestSupport
import Testing

/// fsck --mend-from.
@Suite struct MendingVerbTests {
  /// A store, and a copy of it that has it as its remote `origin`.
  private func twoStores() throws -> (origin: Workplace, copy: Workplace) {
    let origin = try Workplace.withHistory(deltas: 2)
    let copy = try Workplace()
    try copy.succeed("clone", origin.path(".rledit"))
    return (origin, copy)
  }

  /// Flips a bit of a chunk of the model's.
  private func damageChunk(_ place: Workplace) throws {
    let file = try SafetensorsFile(path: Golden.path("archs/llama/model.safetensors"))
    let bytes = Array(try file.bytes(named: Workplace.matrix).prefix(64))
    try replaceBytes(
      bytes, by: [bytes[0] ^ 1] + bytes.dropFirst(), in: place.path(".rledit/data.mdb"))
  }

  /// Flips a bit of the current commit's text.
  private func damageCommit(_ place: Workplace) throws {
    let text = Array("message \"delta 1\"".utf8)
    try replaceBytes(
      text, by: text.dropLast(2) + [text[text.count - 2] ^ 2] + text.suffix(1),
      in: place.path(".rledit/data.mdb"))
  }

  private func expectMended(_ place: Workplace, from source: String) throws {
    let head = try place.id()
    try damageChunk(place)
    try damageCommit(place)
    let found = try place.rledit("fsck", "--full")
    #expect(found.status == 1 && found.output.contains("fault: chunk"), "\(found.output)")
    let mended = try place.rledit("fsck", "--mend-from", source)
    #expect(mended.status == 0, "\(source): \(mended.output)\(mended.errors)")
    #expect(mended.output.contains("mended: chunk") && mended.output.contains("mended: commit"))
    #expect(mended.output.contains("The store is whole"))
    try place.expectWhole()
    #expect(try place.id() == head)
    try place.succeed("replay", "--verify")
    // With nothing to do it does nothing.
    let again = try place.json("fsck", "--mend-from", source)
    #expect(again["mended"] == nil && again["sound"] as? Bool == true)
  }

  @Test func aRemoteAStoreAndABundleMend() throws {
    let (origin, copy) = try twoStores()
    try expectMended(copy, from: "origin")
    try expectMended(copy, from: origin.directory.path)
    try origin.succeed("bundle", "create", "all.bundle")
    try expectMended(copy, from: origin.path("all.bundle"))
  }

  @Test func aServerOverSSHMends() throws {
    let (origin, copy) = try twoStores()
    copy.rledit.environment["RLEDIT_SSH"] = try SecureShellTests.standIn(
      copy, home: origin.directory.path)
    try expectMended(copy, from: "example.org:.")
  }

  @Test func aDepotMends() throws {
    let storage = try TemporaryDirectory()
    let (origin, copy) = try twoStores()
    let location = "rclone::local:\(storage.path)/depot"
    try origin.succeed("push", location, "--all")
    try copy.succeed("remote", "add", "depot", location)
    try expectMended(copy, from: "depot")
  }

  @Test func theHintNamesTheRemotesThatThereAre() throws {
    let (origin, copy) = try twoStores()
    try copy.succeed("remote", "add", "backup", "example.org:models")
    try damageChunk(copy)
    let found = try copy.rledit("fsck", "--full")
    #expect(found.status == 1)
    #expect(found.errors.contains("rledit fsck --resume --mend-from backup"), "\(found.errors)")
    #expect(found.errors.contains("backup, origin"))
    let json = try copy.rledit("fsck", "--full", "--json").json()
    #expect(json["remotes"] as? [String] == ["backup", "origin"])
    let faults = try #require(json["faults"] as? [[String: Any]])
    #expect(faults.first?["mendable"] as? Bool == true)
    // One without remotes is told all the same what would help.
    try damageChunk(origin)
    #expect(try origin.rledit("fsck", "--full").errors.contains("--mend-from PLACE"))
    let left = try origin.rledit("fsck", "--mend-from", copy.directory.path)
    #expect(left.status == 1 && left.errors.contains("give another place"), "\(left.errors)")
  }

  @Test func aPlaceThatIsNoneIsToldBeforeTheCheck() throws {
    let (_, copy) = try twoStores()
    for (place, status) in [
      ("orgin", Int32(12)), ("./nothing.bundle", 17), (Golden.path("archs/llama"), 10),
      (Golden.path("archs/llama/model.safetensors"), 13), ("rclone:", 2),
    ] {
      let result = try copy.rledit("fsck", "--mend-from", place)
      #expect(result.status == status, "\(place): \(result.errors)")
      #expect(result.output.isEmpty && result.errors.contains("hint: "))
    }
  }

  @Test func aPlaceThatCannotBeReachedLeavesTheReportOfTheCheck() throws {
    let (origin, copy) = try twoStores()
    copy.rledit.environment["RLEDIT_SSH"] = "false"
    try damageChunk(copy)
    let result = try copy.rledit("fsck", "--mend-from", "example.org:models")
    #expect(result.status == 17 && result.output.contains("fault: chunk"), "\(result.errors)")
    #expect(try copy.rledit("fsck", "--resume", "--mend-from", origin.path(".rledit")).status == 0)
    try copy.expectWhole()
  }

  @Test func damagedPagesAreToBeClonedAnew() throws {
    let (origin, copy) = try twoStores()
    let url = URL(fileURLWithPath: copy.path(".rledit/data.mdb"))
    let whole = try Data(contentsOf: url)
    var hints: Set<String> = []
    for page in 2..<whole.count / 4096 where [1, 2].contains(whole[page * 4096 + 10]) {
      var damaged = whole
      damaged[page * 4096 + 10] ^= 3
      try damaged.write(to: url)
      for arguments in [["fsck"], ["fsck", "--mend-from", origin.directory.path]] {
        let result = try copy.rledit.run(arguments)
        #expect(result.signal == nil && [0, 1, 15].contains(result.status), "\(result.errors)")
        guard result.status == 1 else { continue }
        #expect(result.errors.contains("cannot be mended in place"), "\(result.errors)")
        hints.formUnion(
          result.errors.split(separator: "'").filter { $0.contains("clone") }.map(String.init))
      }
      let bytes = try Data(contentsOf: url)
      #expect(bytes == damaged)
    }
    // Where the remotes cannot be read they are not named.
    #expect(hints.contains("rledit clone \(origin.path(".rledit")) NEW-DIRECTORY"), "\(hints)")
  }
}
