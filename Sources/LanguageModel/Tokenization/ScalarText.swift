/// What the splitting rules ask of a character.
package enum ScalarKind: UInt8, Sendable {
  /// General category L: `\p{L}`.
  case letter
  /// General category N: `\p{N}`, which also holds `½` and `Ⅳ`.
  case number
  /// Property White_Space: `\s`.
  case space
  case other

  init(_ scalar: Unicode.Scalar) {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      self = .letter
    case .decimalNumber, .letterNumber, .otherNumber:
      self = .number
    default:
      self = scalar.properties.isWhitespace ? .space : .other
    }
  }

  /// The kinds of ASCII, looked up instead of derived.
  static let ofASCII = (0..<128 as Range<UInt8>).map { ScalarKind(Unicode.Scalar($0)) }
}

/// A text laid out for the splitting rules: its scalars, their kinds, and where each begins in
/// UTF-8.
package struct ScalarText {
  let bytes: [UInt8]
  package private(set) var scalars: [Unicode.Scalar] = []
  package private(set) var kinds: [ScalarKind] = []
  /// One more entry than scalars: the last is the number of bytes.
  private(set) var offsets: [Int] = []

  /// - Complexity: O(*n*) in the length of the text.
  package init(_ text: Substring.UnicodeScalarView) {
    bytes = Array(Substring(text).utf8)
    scalars.reserveCapacity(bytes.count)
    kinds.reserveCapacity(bytes.count)
    offsets.reserveCapacity(bytes.count + 1)
    var offset = 0
    for scalar in text {
      scalars.append(scalar)
      kinds.append(
        scalar.isASCII ? ScalarKind.ofASCII[Int(scalar.value)] : ScalarKind(scalar))
      offsets.append(offset)
      offset += UTF8.width(scalar)
    }
    offsets.append(offset)
  }

  /// The UTF-8 of a range of scalars.
  package func bytes(of range: Range<Int>) -> ArraySlice<UInt8> {
    bytes[offsets[range.lowerBound]..<offsets[range.upperBound]]
  }
}
