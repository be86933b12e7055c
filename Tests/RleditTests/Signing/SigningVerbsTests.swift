import Foundation
import TestSupport
import Testing

/// key, verify --signatures, and signing by every verb.
@Suite struct SigningVerbsTests {
  /// A store whose commands sign with a key of Ada's, which it trusts.
  private func place(deltas: Int = 0) throws -> Workplace {
    let place = try Workplace()
    try place.succeed("key", "generate", "ada.key")
    place.rledit.environment["RLEDIT_SIGNING_KEY"] = place.path("ada.key")
    try place.succeed("init")
    try trust(place.succeed("key", "show"), in: place)
    try place.succeed("import", Golden.path("archs/llama"))
    for number in 0..<deltas { try place.commitDelta(number) }
    return place
  }

  private func trust(_ line: String, in place: Workplace) throws {
    try place.succeed("key", "trust", line.trimmingCharacters(in: .newlines))
  }

  private func counts(_ result: CommandResult) throws -> [String: Int] {
    try #require(result.json()["counts"] as? [String: Int])
  }

  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? Int)
  }

  @Test func aKeyIsMadeForItsOwnerAlone() throws {
    let place = try Workplace()
    let made = try place.json("key", "generate", "k", "--name", "Grace Hopper")
    let key = try #require((made["keys"] as? [[String: String]])?.first)
    #expect(key["line"] == "ed25519 \(key["key"] ?? "") Grace Hopper")
    #expect(try mode(place.path("k")) == 0o600)
    #expect(try place.succeed("key", "show", "k") == (key["line"] ?? "") + "\n")
    // A key is never written over.
    let before = try Data(contentsOf: URL(fileURLWithPath: place.path("k")))
    #expect(try place.rledit("key", "generate", "k").status == 17)
    #expect(try Data(contentsOf: URL(fileURLWithPath: place.path("k"))) == before)
    #expect(try place.rledit("key", "generate", "l", "--name", "a\nb").status == 2)
    #expect(try place.rledit("key", "generate", "none/l").status == 17)
    #expect(try place.rledit("key", "show").status == 2)
    #expect(!FileManager.default.fileExists(atPath: place.path("l")))
  }

  @Test func everyVerbSigns() throws {
    let place = try place(deltas: 2)
    try place.succeed("switch", "-c", "side", "HEAD~1")
    try place.commitDelta(5)
    try place.succeed("revert", "HEAD")
    try place.succeed("revert", "HEAD")
    try place.succeed("tag", "v1", "HEAD", "-m", "first")
    try place.succeed("switch", "main")
    try place.succeed("merge", "side")
    try place.succeed("switch", "-c", "other", "HEAD~1")
    try place.succeed("cherry-pick", "side~2")
    try place.succeed("rebase", "main")
    try place.succeed("squash", "HEAD~1")
    try place.succeed("compress", "--tolerance", "0.9")
    let result = try place.rledit("verify", "--signatures", "--all", "--json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try counts(result).keys.sorted() == ["trusted"])
    #expect(try place.json("verify", "--signatures", "v1")["agrees"] as? Bool == true)
    try place.expectWhole()
  }

  @Test func verifyTellsWhoSigned() throws {
    let place = try place(deltas: 1)
    try place.succeed("key", "generate", "bob.key", "--name", "Bob")
    try place.writeDelta("x.safetensors", seed: 8)
    try place.succeed(
      "commit", "--delta", "x.safetensors", "-m", "by Bob", "--signing-key", "bob.key")
    var result = try place.rledit("verify", "--signatures", "--json")
    #expect(result.status == 1 && result.errors.contains("1 of 3 commits"))
    #expect(try counts(result) == ["trusted": 2, "untrusted": 1])
    try trust(place.succeed("key", "show", "bob.key"), in: place)
    try trust(place.succeed("key", "show", "bob.key"), in: place)
    result = try place.rledit("verify", "--signatures", "--json")
    #expect(result.status == 0, "\(result.errors)")
    let commits = try #require(result.json()["commits"] as? [[String: Any]])
    #expect(
      commits.map { ($0["signature"] as? [String: String])?["signer"] }
        == ["Bob", "Ada <ada@example.org>", "Ada <ada@example.org>"])
    // An unsigned commit is one too many, but in a range that leaves it out.
    try place.writeDelta("y.safetensors", seed: 9)
    try place.succeed("commit", "--delta", "y.safetensors", "-m", "unsigned", "--no-sign")
    result = try place.rledit("verify", "--signatures")
    #expect(result.status == 1 && result.output.contains(" unsigned \"unsigned\"\n"))
    #expect(try place.rledit("verify", "--signatures", "HEAD~1").status == 0)
    #expect(try place.rledit("verify", "--signatures", "HEAD~1..HEAD").status == 1)
    #expect(try place.rledit("verify", "--signatures", "HEAD..HEAD~1").status == 0)
    // Nobody is trusted by a list that names nobody.
    try Data("# nobody\n".utf8).write(to: URL(fileURLWithPath: place.path("nobody")))
    result = try place.rledit(
      "verify", "--signatures", "HEAD~1", "--allowed-signers", "nobody", "--json")
    #expect(try result.status == 1 && counts(result) == ["untrusted": 3])
    for arguments in [["--all"], ["--allowed-signers", "x"], ["--signatures", "--all", "HEAD"]] {
      #expect(try place.rledit.run(["verify"] + arguments).status == 2)
    }
  }

  @Test func showAndLogTellOfSignatures() throws {
    let place = try place(deltas: 1)
    let shown = try #require(try place.json("show")["commit"] as? [String: Any])
    let signature = try #require(shown["signature"] as? [String: String])
    #expect(signature["status"] == "trusted" && signature["signer"] == "Ada <ada@example.org>")
    #expect(try place.succeed("show").contains("Signed: by Ada <ada@example.org> (key "))
    let commits = try #require(try place.json("log")["commits"] as? [[String: Any]])
    #expect(
      commits.compactMap { ($0["signature"] as? [String: String])?["key"] }
        == .init(repeating: signature["key"] ?? "", count: 2))
    // The listing for people says nothing of signatures, not even of a note's.
    try place.succeed("note", "add", "-m", "signed")
    #expect(try place.succeed("show").contains("; signed by Ada <ada@example.org> (key "))
    #expect(try !place.succeed("log").contains("key "))
    try FileManager.default.removeItem(atPath: place.path(".rledit/allowed-signers"))
    #expect(try place.succeed("show").contains("which nobody here trusts"))
  }

  @Test func anAnnotatedTagTellsWhoMadeItWhenAndWhy() throws {
    let place = try place(deltas: 1)
    try place.succeed("tag", "plain")
    try place.succeed("tag", "v1", "-m", "first\nof many")
    let shown = try place.succeed("show", "v1")
    #expect(shown.contains("Tag v1 (Ada <ada@example.org>, "))
    #expect(shown.contains("; signed by Ada <ada@example.org> (key "))
    #expect(shown.contains("    first\n    of many\n") && !shown.contains("Tag plain"))
    let tags = try #require(place.json("tag")["names"] as? [[String: Any]])
    #expect(tags.compactMap { $0["name"] as? String } == ["plain", "v1"])
    #expect(tags[0]["annotation"] == nil)
    let annotation = try #require(tags[1]["annotation"] as? [String: Any])
    #expect(annotation["author"] as? String == "Ada <ada@example.org>")
    #expect(annotation["message"] as? String == "first\nof many")
    #expect((annotation["time"] as? String)?.hasSuffix("Z") == true)
    #expect((annotation["signature"] as? [String: String])?["status"] == "trusted")
    let commit = try #require(place.json("show", "v1")["commit"] as? [String: Any])
    #expect((commit["tags"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["v1"])
  }

  @Test func signaturesSurviveCloneAndBundle() throws {
    let place = try place(deltas: 2)
    try place.succeed("tag", "v1", "-m", "first")
    try place.succeed("bundle", "create", "all.bundle")
    let copy = try Workplace()
    copy.rledit.environment["RLEDIT_ALLOWED_SIGNERS"] = place.path(".rledit/allowed-signers")
    for (number, source) in [place.path("all.bundle"), place.directory.path].enumerated() {
      try copy.succeed("clone", source, "\(number)")
      // Whom to trust is this store's own affair.
      #expect(
        !FileManager.default.fileExists(atPath: copy.path("\(number)/.rledit/allowed-signers")))
      let result = try copy.rledit("-C", "\(number)", "verify", "--signatures", "--json")
      #expect(try result.status == 0 && counts(result) == ["trusted": 4])
    }
  }

  /// A rebase by somebody else takes the old signatures off and puts new ones on.
  @Test func whoRewritesSigns() throws {
    let place = try place(deltas: 2)
    try place.succeed("key", "generate", "bob.key", "--name", "Bob")
    try trust(place.succeed("key", "show", "bob.key"), in: place)
    try place.succeed("switch", "-c", "side", "HEAD~1")
    try place.commitDelta(5)
    try place.succeed("rebase", "main", "--signing-key", "bob.key")
    let result = try place.rledit("verify", "--signatures", "main..side", "--json")
    let commits = try #require(result.json()["commits"] as? [[String: Any]])
    #expect(commits.map { ($0["signature"] as? [String: String])?["signer"] } == ["Bob"])
  }

  @Test(arguments: [0o644, 0o640, 0o604, 0o660, 0o601])
  func aKeyThatOthersCanReadIsRefused(_ mode: Int) throws {
    let place = try place()
    let head = try place.id()
    chmod(place.path("ada.key"), mode_t(mode))
    try place.writeDelta("x.safetensors")
    let result = try place.rledit("commit", "--delta", "x.safetensors", "-m", "m")
    #expect(result.status == 17 && result.errors.contains("has mode 0\(String(mode, radix: 8))"))
    #expect(try place.id() == head)
    // What signs nothing needs no key.
    try place.succeed("log")
    try place.succeed("commit", "--delta", "x.safetensors", "-m", "m", "--no-sign")
  }

  @Test func aFileThatIsNoKeyIsRefused() throws {
    let place = try place()
    let whole = try Data(contentsOf: URL(fileURLWithPath: place.path("ada.key")))
    func expect(_ data: Data, _ status: Int32, _ words: String) throws {
      let url = URL(fileURLWithPath: place.path("bad.key"))
      try? FileManager.default.removeItem(at: url)
      try data.write(to: url)
      chmod(url.path, 0o600)
      let result = try place.rledit("tag", "t", "-m", "m", "--signing-key", "bad.key")
      #expect(result.status == status && result.errors.contains(words), "\(result.errors)")
    }
    try expect(Data(), 13, "malformed")
    try expect(whole.dropLast(), 13, "malformed")
    try expect(whole + Data("\n".utf8), 13, "malformed")
    try expect(Data(repeating: 0xff, count: 100), 13, "malformed")
    try expect(Data(repeating: 0x20, count: 5000), 13, "more than")
    try expect(Data("-----BEGIN OPENSSH PRIVATE KEY-----\n".utf8), 13, "malformed")
    let result = try place.rledit("tag", "t", "-m", "m", "--signing-key", "no.key")
    #expect(result.status == 17 && result.errors.contains("no such file"))
    // Opening a pipe must not wait for who writes into it.
    #expect(mkfifo(place.path("pipe"), 0o600) == 0)
    #expect(try place.rledit("tag", "t", "-m", "m", "--signing-key", "pipe").status == 17)
    #expect(try place.rledit("tag", "t", "-m", "m", "--signing-key", ".").status == 17)
    #expect(try place.succeed("tag").isEmpty)
    // A long verb looks at its key first, before it reads anything.
    let edit = try place.rledit("edit", "none.jsonl", "--signing-key", "no.key")
    #expect(edit.status == 17 && edit.errors.contains("no.key"))
  }

  @Test func aListOfOtherFormIsRefused() throws {
    let place = try place(deltas: 1)
    let list = URL(fileURLWithPath: place.path(".rledit/allowed-signers"))
    let whole = try Data(contentsOf: list)
    #expect(try mode(list.path) == 0o600)
    chmod(list.path, 0o666)
    var result = try place.rledit("verify", "--signatures")
    #expect(result.status == 17 && result.errors.contains("mode 0666"))
    chmod(list.path, 0o600)
    try (whole + Data("ssh-ed25519 AAAA eve\n".utf8)).write(to: list)
    result = try place.rledit("verify", "--signatures")
    #expect(result.status == 13 && result.errors.contains("at line 2"))
    // It is told before a key is added to it, too.
    let line = String(decoding: whole, as: UTF8.self).trimmingCharacters(in: .newlines)
    #expect(try place.rledit("key", "trust", line).status == 13)
    try whole.write(to: list)
    #expect(try place.rledit("key", "trust", line + " II").status == 13)
    #expect(try place.rledit("key", "trust", "ed25519 00 Eve").status == 2)
    #expect(try place.rledit("key", "trust", "# ").status == 2)
    #expect(try Data(contentsOf: list) == whole)
    // A list that was named has to be there.
    #expect(try place.rledit("verify", "--signatures", "--allowed-signers", "no").status == 17)
    // One that does not end in a line feed is not glued to the new line.
    try whole.dropLast().write(to: list)
    try place.succeed("key", "generate", "bob.key", "--name", "Bob")
    try trust(place.succeed("key", "show", "bob.key"), in: place)
    #expect(
      (try place.json("key", "list")["keys"] as? [[String: String]])?.compactMap { $0["name"] }
        == ["Ada <ada@example.org>", "Bob"])
  }
}
