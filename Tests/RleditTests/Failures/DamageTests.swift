import Foundation
import ModelFiles
import TestSupport
import Testing

/// Stores and files that something else has written to.
@Suite struct DamageTests {
  /// Changes the first place in the store's file where `pattern` stands.
  private func damage(_ place: Workplace, at pattern: [UInt8], _ replacement: [UInt8]) throws {
    let url = URL(fileURLWithPath: place.path(".rledit/data.mdb"))
    var data = try Data(contentsOf: url)
    var count = 0
    while let range = data.range(of: Data(pattern)) {
      data.replaceSubrange(range, with: replacement)
      count += 1
    }
    try #require(count > 0)
    try data.write(to: url)
  }

  private func firstBytes(of tensor: String) throws -> [UInt8] {
    let file = try SafetensorsFile(path: Golden.path("archs/llama/model.safetensors"))
    return Array(try file.bytes(named: tensor).prefix(64))
  }

  @Test func aDamagedChunkIsFoundAndNamed() throws {
    let place = try Workplace.withHistory(deltas: 1)
    let head = try place.id()
    let bytes = try firstBytes(of: Workplace.matrix)
    try damage(place, at: bytes, [bytes[0] ^ 1] + bytes.dropFirst())
    let checked = try place.rledit("fsck", "--full")
    #expect(checked.status == 1)
    #expect(checked.output.contains("fault: chunk") && checked.output.contains(head.prefix(12)))
    #expect(checked.errors.contains("hint: "))
    let json = try place.rledit("fsck", "--full", "--json")
    #expect(json.status == 1)
    #expect(try json.json()["sound"] as? Bool == false)
    let verified = try place.rledit("verify")
    #expect(verified.status == 1 && verified.output.contains("damaged"))
    for arguments in [["show"], ["export", "HEAD", "out"], ["replay"]] {
      let result = try place.rledit.run(arguments)
      #expect(result.status == 15 && result.errors.contains("chunk"), "\(result.errors)")
    }
    // What does not need the chunk still works.
    try place.succeed("log")
  }

  @Test(arguments: [1, 9])
  func aCheckDoesNotCallCommitsUntouchedThatItHasCutFromItsList(_ deltas: Int) throws {
    let place = try Workplace.withHistory(deltas: deltas)
    let bytes = try firstBytes(of: Workplace.matrix)
    try damage(place, at: bytes, [bytes[0] ^ 1] + bytes.dropFirst())
    let checked = try place.rledit("fsck", "--full")
    let isCut = checked.output.contains(" and 2 more")
    #expect(isCut == (deltas == 9), "\(checked.output)")
    #expect(checked.errors.contains("commits not listed are untouched") == !isCut)
    #expect(checked.errors.contains("--json lists all that are touched") == isCut)
  }

  /// LMDB has no checksums of its tree pages and meets some damage with an assertion; a user gets two
  /// lines and a code all the same.
  @Test func aDatabasePageOfAnotherKindEndsWithACodeAndNotACrash() throws {
    let place = try Workplace.withHistory(deltas: 2)
    // A log of several pages, from one to the other of which LMDB goes by their own word.
    for number in 0..<24 { try place.succeed("tag", "t\(number)") }
    let url = URL(fileURLWithPath: place.path(".rledit/data.mdb"))
    let whole = try Data(contentsOf: url)
    // The flags of a page: 1 branch, 2 leaf, 4 overflow.
    var assertions = 0
    for page in 2..<whole.count / 4096 where [1, 2].contains(whole[page * 4096 + 10]) {
      for flags: UInt8 in [0, 1, 4] where flags != whole[page * 4096 + 10] {
        var damaged = whole
        damaged[page * 4096 + 10] = flags
        try damaged.write(to: url)
        let result = try place.rledit("op", "log")
        #expect(result.signal == nil, "page \(page) as \(flags): \(result.errors)")
        #expect([0, 15].contains(result.status), "page \(page) as \(flags)")
        if result.errors.contains("Assertion") { assertions += 1 }
        // A check looks at the page before LMDB does, and names it.
        let checked = try place.rledit("fsck")
        #expect(checked.signal == nil && [0, 1, 15].contains(checked.status))
        #expect(
          checked.status == 0 && result.status == 0
            || checked.output.contains("page \(page) of")
            || checked.errors.contains("page \(page) of")
            || checked.errors.contains("database is damaged"),
          "page \(page) as \(flags): \(checked.output)\(checked.errors)")
      }
    }
    #expect(assertions > 0)
    try whole.write(to: url)
    try place.succeed("fsck", "--full")
  }

  /// No entry of a store has duplicates; one that says so leads LMDB to a cursor that it has not made.
  @Test func entriesThatSayFalselyThatTheyHaveDuplicatesEndWithACodeAndNotACrash() throws {
    let place = try Workplace.withHistory(deltas: 2)
    let url = URL(fileURLWithPath: place.path(".rledit/data.mdb"))
    let whole = try Data(contentsOf: url)
    var ended = 0
    for page in 2..<whole.count / 4096 where whole[page * 4096 + 10] == 2 {
      var damaged = whole
      func number(_ offset: Int) -> Int {
        Int(whole[page * 4096 + offset]) | Int(whole[page * 4096 + offset + 1]) << 8
      }
      // Behind the header the places of the entries, up to where that says; the flags are an entry's fifth byte.
      for pointer in stride(from: 16, to: number(12), by: 2) {
        damaged[page * 4096 + number(pointer) + 4] |= 4
      }
      try damaged.write(to: url)
      for command in ["status", "log", "replay"] {
        let result = try place.rledit(command)
        #expect(result.signal == nil, "\(command), page \(page): \(result.errors)")
        #expect([0, 15].contains(result.status), "\(command), page \(page): \(result.errors)")
        if result.status == 15 { ended += 1 }
      }
    }
    #expect(ended > 0)
    try whole.write(to: url)
    try place.succeed("fsck", "--full")
  }

  @Test func aTruncatedStoreIsRefused() throws {
    let place = try Workplace.withHistory()
    let path = place.path(".rledit/data.mdb")
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: 32768)
    try handle.close()
    let result = try place.rledit("status")
    #expect(result.status == 15 && result.errors.contains("cut off"), "\(result.errors)")
  }

  @Test func aNewerFormatIsRefused() throws {
    let place = try Workplace.withHistory()
    try damage(place, at: Array("format1".utf8), Array("format9".utf8))
    let result = try place.rledit("status")
    #expect(result.status == 10 && result.errors.contains("format 9"), "\(result.errors)")
  }

  @Test func aChangedLinkedFileIsFound() throws {
    let place = try Workplace()
    try FileManager.default.copyItem(
      atPath: Golden.path("archs/llama"), toPath: place.path("llama"))
    try place.succeed("init")
    try place.succeed("import", "--link", "llama")
    let url = URL(fileURLWithPath: place.path("llama/model.safetensors"))
    var data = try Data(contentsOf: url)
    data[data.count - 3] ^= 1
    try data.write(to: url)
    let verified = try place.rledit("verify")
    #expect(verified.status == 1 && verified.output.contains("llama/model.safetensors"))
    let exported = try place.rledit("export", "HEAD", "out")
    #expect(exported.status == 15, "\(exported.errors)")
    #expect(!FileManager.default.fileExists(atPath: place.path("out")))
  }
}
