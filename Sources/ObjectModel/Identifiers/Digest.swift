/// A digest of a fixed number of bytes, kept as big-endian words so that it needs no allocation and
/// its order is the order of its bytes (and of its hexadecimal text).
package protocol Digest: Hashable, Comparable, Sendable {
  /// Bytes of the digest, a multiple of 8.
  static var byteCount: Int { get }
  /// The digest whose bytes are the words', first word first, each most significant byte first.
  ///
  /// `words` has `byteCount / 8` elements.
  init(words: some RandomAccessCollection<UInt64>)
  /// Calls `body` with each word, first word first.
  func forEachWord(_ body: (UInt64) -> Void)
}

extension Digest {
  /// The digest with these bytes, or `nil` where there are too many or too few.
  package init?(bytes: some Sequence<UInt8>) {
    var words: [UInt64] = []
    var count = 0
    var word: UInt64 = 0
    for byte in bytes {
      guard count < Self.byteCount else { return nil }
      word = word << 8 | UInt64(byte)
      count += 1
      if count.isMultiple(of: 8) {
        words.append(word)
        word = 0
      }
    }
    guard count == Self.byteCount else { return nil }
    self.init(words: words)
  }

  /// The digest's bytes in order.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    forEachWord { word in
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return bytes
  }
}

/// 16 bytes: an XXH3-128 in its canonical (big-endian) form.
package struct Digest128: Digest {
  package static let byteCount = 16
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package init(words: some RandomAccessCollection<UInt64>) {
    high = words[words.startIndex]
    low = words[words.index(after: words.startIndex)]
  }

  package func forEachWord(_ body: (UInt64) -> Void) {
    body(high)
    body(low)
  }

  package static func < (left: Self, right: Self) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// 32 bytes: a SHA-256.
package struct Digest256: Digest {
  package static let byteCount = 32
  private let words: SIMD4<UInt64>

  package init(words: some RandomAccessCollection<UInt64>) {
    self.words = SIMD4(words)
  }

  package func forEachWord(_ body: (UInt64) -> Void) {
    for index in 0..<4 { body(words[index]) }
  }

  package static func < (left: Self, right: Self) -> Bool {
    for index in 0..<4 where left.words[index] != right.words[index] {
      return left.words[index] < right.words[index]
    }
    return false
  }
}
