import Foundation
import TestSupport
import Testing

/// Single bits of a store's file change. What LMDB's own tools then read is the judge of whether that
/// matters: a check must find all that does, and name it, and no command may crash on any of it.
@Suite struct BitFlipTests {
  private static let flips = 240 * Faults.thoroughness
  private static let pageBytes = 4096

  @Test(arguments: 0..<4)
  func everyFlippedBitThatMattersIsFoundAndNamed(_ share: Int) throws {
    let place = try Workplace.withHistory(deltas: 12)
    try place.succeed("tag", "v1", "HEAD~2", "-m", "first")
    try place.succeed("remote", "add", "elsewhere", "/nowhere/to/be/found")
    try place.succeed("reset", "HEAD~1")
    // Marks of what nothing leads to.
    try place.succeed("gc", "--operations", "0")
    try place.succeed("snapshot", "make")
    try place.writeDelta("delta.safetensors", seed: 77)
    let path = place.path(".rledit/data.mdb")
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    let judgement = try #require(try Judge.read(place))
    let trees = Self.treePages(of: whole)
    var random = SeededGenerator(seed: UInt64(share))
    var (matters, commands) = (0, 0)
    for number in 0..<Self.flips / 4 {
      let place = try Workplace()
      try FileManager.default.createDirectory(
        atPath: place.path(".rledit"), withIntermediateDirectories: true)
      // Most of the file is weights; most ways of going wrong are in the pages of the trees.
      let offset: Int
      if number % 3 == 0 {
        offset = Int.random(in: 0..<whole.count, using: &random)
      } else {
        let page = try #require(trees.randomElement(using: &random)) * Self.pageBytes
        let near = number % 3 == 1 ? 160 : Self.pageBytes
        offset = page + Int.random(in: 0..<near, using: &random)
      }
      let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
      var damaged = whole
      damaged[offset] ^= bit
      func write() throws {
        try? FileManager.default.removeItem(atPath: place.path(".rledit/lock.mdb"))
        try damaged.write(to: URL(fileURLWithPath: place.path(".rledit/data.mdb")))
      }
      try write()
      let point =
        "page \(offset / Self.pageBytes), byte \(offset % Self.pageBytes), bit \(bit)"
      let isHarmless = try Judge.read(place) == judgement
      try write()
      let checked = try place.rledit("fsck", "--full")
      Self.expectInOrder(checked, "fsck, \(point)")
      if isHarmless {
        // Only of pages may a check know something that the judge does not look at.
        let faults = checked.output.split(separator: "\n").filter { $0.hasPrefix("fault: ") }
        #expect(faults.allSatisfy { $0.hasPrefix("fault: page ") }, "\(point): \(faults)")
      } else {
        matters += 1
        #expect(checked.status != 0, "\(point): \(checked.output)")
        #expect(Self.names(checked), "\(point): \(checked.output)\(checked.errors)")
      }
      for arguments in [
        ["log", "--all"], ["verify"], ["gc", "--grace", "0"], ["op", "log"], ["compact"],
        ["commit", "--delta", "../delta.safetensors", "-m", "more"], ["undo"], ["replay"],
      ].shuffled(using: &random).prefix(2) {
        try write()
        Self.expectInOrder(try place.rledit.run(arguments), "\(arguments), \(point)")
        commands += 1
      }
    }
    #expect(matters > Self.flips / 32 && commands == Self.flips / 4 * 2)
  }

  /// Ends with a documented code and, where that is an error, with a sentence and a hint.
  private static func expectInOrder(_ result: CommandResult, _ point: String) {
    #expect(result.signal == nil, "\(point): signal \(result.signal ?? 0)")
    #expect([0, 1, 2, 10, 12, 13, 15, 17].contains(result.status), "\(point): \(result.errors)")
    if result.status > 2 {
      #expect(
        result.errors.hasPrefix("rledit: ") && result.errors.contains("\nhint: "), "\(point)")
    }
  }

  /// Whether a check says what is damaged.
  private static func names(_ result: CommandResult) -> Bool {
    let things = [
      "page ", "chunk ", "reference ", "operation ", "the store's own entry ", "commit ", "delta ",
      "chain", "model ", "tag ", "attachment ", "unknown ", "HEAD", "format ", "object",
      "snapshot ",
    ]
    let lines = (result.output + result.errors).split(separator: "\n")
    return lines.contains { line in
      (line.hasPrefix("fault: ") || line.hasPrefix("rledit: "))
        && things.contains { line.contains($0) }
    }
  }

  /// The pages of branches, leaves and roots, which carry their own numbers.
  private static func treePages(of file: Data) -> [Int] {
    (0..<file.count / pageBytes).filter { page in
      func number(_ offset: Int) -> Int {
        Int(file[page * pageBytes + offset]) | Int(file[page * pageBytes + offset + 1]) << 8
      }
      return number(0) == page && [1, 2, 8].contains(number(10))
    }
  }
}

/// What `mdb_dump` and `mdb_stat` say of a store: its entries, its trees and its free pages.
private struct Judge: Equatable {
  private let text: String

  /// `nil` where they cannot read the store.
  static func read(_ place: Workplace) throws -> Judge? {
    // An endless tree keeps them going for ever.
    let result = try place.rledit.shell(
      "ulimit -t 5; mdb_dump -a .rledit && mdb_stat -a -fff .rledit")
    guard result.status == 0 else { return nil }
    // Whose address space is how large is not what the file holds; nor when free pages were given up.
    let lines = result.output.split(separator: "\n").filter {
      !$0.hasPrefix("mapsize=") && !$0.hasPrefix("maxreaders=")
    }.map { $0.replacing(/Transaction \d+/, with: "Transaction") }
    return Judge(text: lines.joined(separator: "\n"))
  }
}
