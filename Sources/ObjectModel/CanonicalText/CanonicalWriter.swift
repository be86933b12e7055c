/// A value of a field, with the one way in which it is spelt.
package enum CanonicalValue {
  /// A bare word; see ``isCanonicalToken(_:)``.
  case token(String)
  /// Decimal, no leading zeros, `-` before a negative one.
  case integer(Int)
  /// Decimal, no leading zeros.
  case unsigned(UInt64)
  /// The shortest decimal that reads back as the same binary64, as Swift prints it; `nan`, `inf`
  /// and `-inf` for the others.
  case number(Double)
  /// A quoted string; see ``CanonicalWriter/append(quoted:)``.
  case text(String)
  /// Lower-case hexadecimal.
  case identifier(any Identifier)
  /// Lower-case hexadecimal, two digits a byte.
  case bytes([UInt8])
}

/// Writes canonical text, the only code that does.
package struct CanonicalWriter {
  package private(set) var text: [UInt8] = []

  /// A writer that has written the first line of an object.
  package init(type: String) {
    text.append(contentsOf: "rledit \(type)\n".utf8)
  }

  /// Writes one field.
  package mutating func field(_ name: String, _ values: CanonicalValue...) {
    field(name, values)
  }

  /// Writes one field.
  package mutating func field(_ name: String, _ values: [CanonicalValue]) {
    text.append(contentsOf: name.utf8)
    for value in values {
      text.append(UInt8(ascii: " "))
      append(value)
    }
    text.append(UInt8(ascii: "\n"))
  }

  private mutating func append(_ value: CanonicalValue) {
    switch value {
    case .token(let token): text.append(contentsOf: token.utf8)
    case .integer(let integer): text.append(contentsOf: String(integer).utf8)
    case .unsigned(let integer): text.append(contentsOf: String(integer).utf8)
    case .number(let number):
      // Every NaN is one value here: its sign and payload differ between processors.
      text.append(contentsOf: (number.isNaN ? "nan" : number.description).utf8)
    case .text(let string): append(quoted: string)
    case .identifier(let identifier): text.append(contentsOf: identifier.hex.utf8)
    case .bytes(let bytes): text.append(contentsOf: Hexadecimal.encode(bytes).utf8)
    }
  }

  /// Appends `string` in quotes: `"` and `\` after a `\`; line feed, carriage return and tab as
  /// `\n`, `\r` and `\t`; the other bytes below 20 (hexadecimal) and 7f as `\u00` and two digits;
  /// everything else as it is in UTF-8. So a field never spans lines, and every string has one
  /// spelling.
  private mutating func append(quoted string: String) {
    text.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        text.append(UInt8(ascii: "\\"))
        text.append(byte)
      case UInt8(ascii: "\n"): text.append(contentsOf: "\\n".utf8)
      case UInt8(ascii: "\r"): text.append(contentsOf: "\\r".utf8)
      case UInt8(ascii: "\t"): text.append(contentsOf: "\\t".utf8)
      case 0..<0x20, 0x7f:
        text.append(contentsOf: "\\u00".utf8)
        text.append(contentsOf: Hexadecimal.encode(CollectionOfOne(byte)).utf8)
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }
}
