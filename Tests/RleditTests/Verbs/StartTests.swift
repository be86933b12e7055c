import Foundation
import TestSupport
import Testing

/// init, import, commit, status.
@Suite struct StartTests {
  @Test func aNewStoreIsFoundFromBelowAndByItsPath() throws {
    let place = try Workplace()
    #expect(try place.succeed("init").contains(place.path(".rledit")))
    let below = place.path("a/b")
    try FileManager.default.createDirectory(atPath: below, withIntermediateDirectories: true)
    #expect(try place.json("-C", below, "status")["store"] as? String == place.path(".rledit"))
    let other = try Workplace()
    var elsewhere = other.rledit
    let byOption = try elsewhere("status", "--store", place.path(".rledit"))
    #expect(byOption.status == 0)
    elsewhere.environment["RLEDIT_STORE"] = place.path(".rledit")
    #expect(try elsewhere("status").output == byOption.output)
  }

  /// Whoever may write above the working directory could put a store with hooks there. Only the
  /// superuser can give a directory away, to try it.
  @Test(.enabled(if: geteuid() == 0)) func anotherUsersStoreHasToBeNamed() throws {
    let place = try Workplace()
    try place.succeed("init")
    let below = place.path("a")
    try FileManager.default.createDirectory(atPath: below, withIntermediateDirectories: true)
    try place.succeed("-C", below, "status")
    #expect(chown(place.path(".rledit"), 12_345, 12_345) == 0)
    let result = try place.rledit("-C", below, "status")
    #expect(result.status == 10 && result.errors.contains("belongs to another user"))
    try place.succeed("-C", below, "status", "--store", place.path(".rledit"))
    // Nor is a link of theirs to a store of one's own followed.
    #expect(chown(place.path(".rledit"), 0, 0) == 0)
    let elsewhere = place.path("a/.rledit")
    #expect(symlink(place.path(".rledit"), elsewhere) == 0)
    try place.succeed("-C", below, "status")
    #expect(lchown(elsewhere, 12_345, 12_345) == 0)
    #expect(try place.rledit("-C", below, "status").status == 10)
  }

  @Test func aWorkingDirectoryThatIsGoneHasNoStore() throws {
    let place = try Workplace()
    let result = try place.rledit.shell(
      "mkdir gone && cd gone && rmdir ../gone && timeout 30 rledit status")
    #expect(result.status == 10)
    #expect(result.errors.hasPrefix("rledit: no store in "), "\(result.errors)")
  }

  @Test func initMakesTheDirectoryAndKeepsTheStoreToItsOwner() throws {
    let place = try Workplace()
    try place.succeed("init", "new/place")
    let attributes = try FileManager.default.attributesOfItem(
      atPath: place.path("new/place/.rledit"))
    #expect(attributes[.posixPermissions] as? Int == 0o700)
    try place.succeed("status", "-C", "new/place")
  }

  @Test func initDoesNotSendInCirclesWhomSomethingIsInTheWayOf() throws {
    let place = try Workplace()
    func expectRefused(sourceLocation: SourceLocation = #_sourceLocation) throws {
      let result = try place.rledit("init")
      #expect(
        result.status == 10 && result.errors.contains("neither a store nor an empty directory")
          && result.errors.contains("move it away"), "\(result.errors)",
        sourceLocation: sourceLocation)
    }
    let path = place.path(".rledit")
    try Data("junk".utf8).write(to: URL(fileURLWithPath: path))
    try expectRefused()
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Data(repeating: 7, count: 20_000).write(to: URL(fileURLWithPath: path + "/data.mdb"))
    try expectRefused()
    try Data("junk".utf8).write(to: URL(fileURLWithPath: path + "/other"))
    try expectRefused()
    try FileManager.default.removeItem(atPath: path)
    try place.succeed("init")
    // A store with something beside its files is one all the same.
    try Data("note".utf8).write(to: URL(fileURLWithPath: path + "/other"))
    #expect(try place.rledit("init").errors.contains("there is a store at"))
  }

  @Test func anImportIsTheFirstCommitOfMain() throws {
    let place = try Workplace()
    try place.succeed("init")
    #expect(try place.succeed("status").contains("On branch main"))
    let report = try place.json("import", Golden.path("archs/llama"), "-m", "the base")
    let model = try #require(report["model"] as? [String: Any])
    // From the manifest of the golden data: 29 tensors in F32.
    #expect(model["tensors"] as? Int == 29)
    #expect(model["architecture"] as? String == "LlamaForCausalLM")
    #expect(model["bytes"] as? Int == (model["parameters"] as? Int ?? 0) * 4)
    let status = try place.json("status")
    #expect(status["branch"] as? String == "main")
    let commit = try #require(status["commit"] as? [String: Any])
    #expect(commit["id"] as? String == report["commit"] as? String)
    #expect(commit["message"] as? String == "the base")
    #expect(commit["author"] as? String == "Ada <ada@example.org>")
    #expect(commit["operation"] as? String == "import")
  }

  @Test func aLinkedImportLeavesTheWeightsWhereTheyAre() throws {
    let place = try Workplace()
    try FileManager.default.copyItem(
      atPath: Golden.path("archs/llama"), toPath: place.path("llama"))
    try place.succeed("init")
    let model = try place.json("import", "--link", "llama")["model"] as? [String: Any]
    #expect(model?["isLinked"] as? Bool == true)
    try place.succeed("verify")
    #expect(try place.json("stat")["chunks"] as? Int ?? .max < 29)
  }

  @Test func aCommittedDeltaShowsRankNormAndDigest() throws {
    let place = try Workplace.withHistory(deltas: 1)
    let tensors = try #require(place.json("show")["tensors"] as? [[String: Any]])
    try #require(tensors.count == 1)
    #expect(tensors[0]["tensor"] as? String == Workplace.matrix)
    #expect(tensors[0]["shape"] as? [Int] == [Workplace.rows, Workplace.columns])
    #expect(tensors[0]["rank"] as? Int == 2)
    // The factors' numbers are uniform in ±0.1, of variance 1/300: each of the 90·48 elements of the
    // product has variance 2/300², the norm is about √(90·48·2)/300 = 0.31.
    let norm = try #require(tensors[0]["norm"] as? Double)
    #expect(norm > 0.2 && norm < 0.45)
    #expect(try Array(place.digests().keys) == [Workplace.matrix])
    let status = try place.json("status")
    #expect(status["activeDeltas"] as? Int == 1)
    let added = (status["commit"] as? [String: Any])?["added"] as? [[String: Any]]
    #expect(added?.compactMap { $0["sequence"] as? Int } == [0])
  }

  @Test func theAuthorFallsBackToTheUser() throws {
    let place = try Workplace()
    place.rledit.environment = ["USER": "grace"]
    try place.succeed("init")
    try place.succeed("import", Golden.path("archs/llama"))
    let commit = try place.json("status")["commit"] as? [String: Any]
    #expect((commit?["author"] as? String)?.hasPrefix("grace@") == true)
  }
}
