import Algorithms
import ObjectModel
import ObjectStore

extension WireConnection {
  private static let chunkKind: UInt8 = 1
  private static let objectKind: UInt8 = 2

  /// Sends an inventory: for each entry its kind, its id and its byte count.
  func send(_ inventory: Inventory) throws {
    guard inventory.entries.count <= Inventory.maximumEntries else {
      throw WireError.tooLarge(count: inventory.entries.count, limit: Inventory.maximumEntries)
    }
    var body: [UInt8] = []
    for entry in inventory.entries {
      switch entry.item {
      case .chunk(let id): body += [Self.chunkKind] + id.bytes
      case .object(let id): body += [Self.objectKind] + id.bytes
      }
      body += UInt32(entry.byteCount).littleEndianBytes
      if body.count > WireFrame.pieceBytes - 64 {
        try send(.inventory, body)
        body.removeAll(keepingCapacity: true)
      }
    }
    if !body.isEmpty { try send(.inventory, body) }
    try send(.end)
  }

  /// - Throws: ``WireError/malformed(reason:)``, ``WireError/tooLarge(count:limit:)``; the entries may
  ///   still be anything.
  func receiveInventory() throws -> Inventory {
    var inventory = Inventory()
    try forEachPiece(of: .inventory) { body in
      var rest = body[...]
      while let kind = rest.popFirst() {
        guard let item = Self.item(kind, &rest), rest.count >= 4 else {
          throw WireError.malformed(reason: "an entry of an inventory that is none")
        }
        let bytes = Int(UInt32(littleEndianBytes: rest.prefix(4)))
        rest = rest.dropFirst(4)
        let limit = CanonicalLimits.objectBytes
        guard bytes <= limit else { throw WireError.tooLarge(count: bytes, limit: limit) }
        guard inventory.entries.count < Inventory.maximumEntries else {
          throw WireError.tooLarge(
            count: inventory.entries.count + 1, limit: Inventory.maximumEntries)
        }
        inventory.entries.append(.init(item: item, byteCount: bytes))
      }
    }
    return inventory
  }

  private static func item(_ kind: UInt8, _ rest: inout ArraySlice<UInt8>) -> PackItem? {
    let count = kind == chunkKind ? Digest128.byteCount : Digest256.byteCount
    let bytes = rest.prefix(count)
    rest = rest.dropFirst(count)
    switch kind {
    case chunkKind: return ChunkID(bytes: bytes).map { .chunk($0) }
    case objectKind: return Digest256(bytes: bytes).map { .object($0) }
    default: return nil
    }
  }

  /// Sends which entries of an inventory are missing here, a bit each, the first in the lowest bit.
  func send(missing: Inventory, of inventory: Inventory) throws {
    var bits = [UInt8](repeating: 0, count: (inventory.entries.count + 7) / 8)
    var rest = missing.entries[...]
    for (index, entry) in inventory.entries.enumerated() where rest.first == entry {
      bits[index / 8] |= 1 << UInt8(index % 8)
      rest.removeFirst()
    }
    for piece in bits.chunks(ofCount: WireFrame.pieceBytes) { try send(.missing, Array(piece)) }
    try send(.end)
  }

  /// Those entries of an inventory that was sent which are missing there.
  func receiveMissing(of inventory: Inventory) throws -> Inventory {
    let count = (inventory.entries.count + 7) / 8
    var bits: [UInt8] = []
    try forEachPiece(of: .missing) { body in
      guard bits.count + body.count <= count else {
        throw WireError.tooLarge(count: bits.count + body.count, limit: count)
      }
      bits += body
    }
    guard bits.count == count else { throw WireError.malformed(reason: "bits are lacking") }
    return Inventory(
      inventory.entries.enumerated()
        .filter { bits[$0.offset / 8] >> UInt8($0.offset % 8) & 1 == 1 }.map(\.element))
  }

  private func forEachPiece(
    of kind: WireFrame.Kind, _ body: ([UInt8]) throws -> Void
  ) throws {
    while true {
      guard let frame = try next() else { throw WireError.ended }
      if frame.kind == .end { return }
      guard frame.kind == kind, !frame.body.isEmpty else {
        throw WireError.unexpected(kind: Int(frame.kind.rawValue))
      }
      try body(frame.body)
    }
  }
}
