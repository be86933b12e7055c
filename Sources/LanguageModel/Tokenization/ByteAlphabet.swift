/// The 256 characters in which byte-level vocabularies write bytes.
///
/// Printable characters of Latin-1 stand for themselves; the other 68 bytes, in ascending order,
/// are written as U+0100, U+0101 and so on. A space thus becomes `Ġ` and a line feed `Ċ`.
enum ByteAlphabet {
  /// The character of each byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt8 = 0
    return (0...255 as ClosedRange<UInt8>).map { byte in
      if isPrintable(byte) { return Unicode.Scalar(byte) }
      defer { next += 1 }
      // U+0100 to U+0143 are all scalars; the initialiser from 16 bits cannot know.
      return Unicode.Scalar(0x100 + UInt16(next)) ?? Unicode.Scalar(byte)
    }
  }()

  private static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
    zip(scalars, 0...255), uniquingKeysWith: { first, _ in first })

  private static func isPrintable(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: true
    default: false
    }
  }

  /// The bytes that a token stands for. A token with any character outside the alphabet (an added
  /// token with a space in it, say) stands for its own UTF-8.
  static func bytes(of token: String) -> [UInt8] {
    var result: [UInt8] = []
    for scalar in token.unicodeScalars {
      guard let byte = bytes[scalar] else { return Array(token.utf8) }
      result.append(byte)
    }
    return result
  }
}
