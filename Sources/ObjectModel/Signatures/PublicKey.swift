/// A key that signatures are checked with: the 32 bytes of an Ed25519 public key (RFC 8032, 5.1.5).
package struct PublicKey: Hashable, Sendable, CustomStringConvertible {
  package static let byteCount = 32
  /// The one algorithm there is, as texts name it.
  package static let algorithm = "ed25519"

  package let bytes: [UInt8]

  /// The key with these bytes; `nil` where they are too many or too few, do not spell a coordinate in the
  /// one reduced way, or are a point of small order, under which one signature fits many messages.
  package init?(bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count == Self.byteCount, Self.isReduced(bytes), !Self.isOfSmallOrder(bytes) else {
      return nil
    }
    self.bytes = bytes
  }

  /// The key in lower-case hexadecimal.
  package var hex: String { Hexadecimal.encode(bytes) }

  package var description: String { hex }

  /// The beginning that people compare: 16 hexadecimal digits.
  package var short: String { String(hex.prefix(16)) }
}

extension PublicKey {
  /// Whether the coordinate, the 255 lower bits, is below p = 2²⁵⁵ − 19.
  private static func isReduced(_ bytes: [UInt8]) -> Bool {
    let isAllOnes = bytes[31] & 0x7f == 0x7f && bytes[1..<31].allSatisfy { $0 == 0xff }
    return !isAllOnes || bytes[0] < 0xed
  }

  /// The coordinates of the eight points whose order divides 8; two of a coordinate differ in the sign,
  /// which is the highest bit.
  private static let smallOrderCoordinates: Set<String> = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ]

  private static func isOfSmallOrder(_ bytes: [UInt8]) -> Bool {
    var coordinate = bytes
    coordinate[31] &= 0x7f
    return smallOrderCoordinates.contains(Hexadecimal.encode(coordinate))
  }
}
