import Foundation
import Ledger
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

extension Fixture {
  /// A fixture that has what this one has, as its branches and tags lead to it.
  func copy() throws -> Fixture {
    let copy = try Fixture()
    _ = try copy.ledger.fetch(
      from: LocalRemote(ledger), as: nil, copy.context(), progress: { _, _ in })
    return copy
  }

  /// Everything that is called by its content.
  func content() throws -> [PackItem: [UInt8]] {
    let snapshot = try store.snapshot()
    var content: [PackItem: [UInt8]] = [:]
    try snapshot.scan(.chunks, from: [], backwards: false) { key, bytes in
      if let id = ChunkID(bytes: key) { content[.chunk(id)] = Array(bytes) }
      return true
    }
    try snapshot.scan(.objects, from: [], backwards: false) { key, bytes in
      if let id = Digest256(bytes: key) { content[.object(id)] = Array(bytes) }
      return true
    }
    return content
  }

  private var file: String { store.path + "/data.mdb" }

  /// Flips a bit of what the store has under a name, behind its back.
  func flip(_ item: PackItem, byte: Int, bit: Int = 3) throws {
    let bytes = try #require(content()[item])
    var (old, place) = (bytes, byte)
    if bytes.count <= 1024 {
      // With the name, which lies before it where it fits into a page: a node of a chain begins as others do.
      old = name(of: item) + bytes
      place += old.count - bytes.count
    } else if case .chunk = item {
      // No two pieces of random bytes are the same.
      let piece = max(0, byte - 32)..<min(bytes.count, byte + 32)
      (old, place) = (Array(bytes[piece]), byte - piece.lowerBound)
    }
    var new = old
    new[place] ^= 1 << UInt8(bit)
    try replaceBytes(old, by: new, in: file)
  }

  /// Calls a thing by another name, which comes where its own did in the order of names.
  func lose(_ item: PackItem) throws {
    let name = name(of: item)
    try replaceBytes(name, by: name.dropLast() + [~(name.last ?? 0)], in: file)
  }

  private func name(of item: PackItem) -> [UInt8] {
    switch item {
    case .chunk(let id): id.bytes
    case .object(let id): id.bytes
    }
  }

  /// Checks everything, mends what is at fault, and gives what was done with what a check of everything
  /// finds then.
  func mend(from sources: [any PackSource]) throws -> (MendingReport, LedgerReport) {
    let found = try ledger.check(full: true)
    let (report, left) = try ledger.mend(found, from: sources) { _, _ in }
    // What the shorter check says is what a full one does.
    #expect(try Set(ledger.check(full: true).faults) == Set(left.faults))
    return (report, left)
  }
}

extension StoredItem {
  /// The thing without the type that it is said to be of.
  var packItem: PackItem? {
    switch self {
    case .chunk(let id): .chunk(id)
    case .object(_, let id): .object(id)
    default: nil
    }
  }
}

/// Two texts of one XXH3-128, neither of which is chosen by more than a few of their bytes.
///
/// Each 64-byte stripe of a long input adds, for each of its eight words, the word itself to one sum and the
/// product of its halves, after an XOR with eight bytes of the secret, to another. A word whose lower half is
/// the secret's makes the product 0 whatever its upper half is; so what one word's upper half gains another's
/// may lose.
enum CollidingBytes {
  /// The first bytes of XXH3's own secret, and those eight further on, which the next stripe begins with.
  private static let secret: [UInt8] = [0xb8, 0xfe, 0x6c, 0x39]
  private static let secretOfNextStripe: [UInt8] = [0x7c, 0x01, 0x81, 0x2c]

  static func pair(seed: UInt64) -> (first: [UInt8], second: [UInt8]) {
    var generator = SeededGenerator(seed: seed)
    var first = (0..<512).map { _ in UInt8.random(in: 16..<240, using: &generator) }
    first.replaceSubrange(0..<4, with: secret)
    first.replaceSubrange(64..<68, with: secretOfNextStripe)
    var second = first
    second[4] += 1
    second[68] -= 1
    return (first, second)
  }
}
