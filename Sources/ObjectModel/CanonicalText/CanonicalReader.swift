/// Reads canonical text, the only code that does.
///
/// It may accept a spelling that is not canonical (`+7`, `1e0`): ``CanonicalObject/decode(_:)``
/// writes what was read once more and refuses any text that differs.
package struct CanonicalReader {
  private let type: String
  private let text: [UInt8]
  private var position = 0
  private var line = 1

  init(type: String, text: [UInt8]) {
    self.type = type
    self.text = text
  }

  /// Reads the first line.
  mutating func header() throws {
    let expected = type
    try field("rledit") { values in
      let found = try values.token()
      guard found == expected else { throw values.malformed("of type \(found), not \(expected)") }
    }
  }

  /// Refuses anything after the last field.
  func end() throws {
    guard position == text.count else { throw malformed("text after the last field") }
  }

  /// Reads the next field, whose name must be `name`.
  ///
  /// - Throws: ``ObjectModelError/malformed(type:line:reason:)`` where the field is another one, or
  ///   `body` leaves a value unread.
  package mutating func field<Result>(
    _ name: String, _ body: (inout CanonicalFieldReader) throws -> Result
  ) throws -> Result {
    guard let result = try optionalField(name, body) else {
      throw malformed("no field \"\(name)\" here")
    }
    return result
  }

  /// Reads the next field where its name is `name`, and gives `nil` where it is another.
  package mutating func optionalField<Result>(
    _ name: String, _ body: (inout CanonicalFieldReader) throws -> Result
  ) throws -> Result? {
    let utf8 = name.utf8
    let nameEnd = position + utf8.count
    guard nameEnd < text.count, text[position..<nameEnd].elementsEqual(utf8),
      text[nameEnd] == UInt8(ascii: " ")
    else { return nil }
    guard let lineEnd = text[nameEnd...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw malformed("the line does not end")
    }
    var values = CanonicalFieldReader(
      type: type, line: line, values: text[nameEnd..<lineEnd])
    let result = try body(&values)
    guard values.isAtEnd else { throw malformed("too many values") }
    position = lineEnd + 1
    line += 1
    return result
  }

  /// Reads fields for as long as their name is `name`.
  package mutating func fields<Result>(
    _ name: String, _ body: (inout CanonicalFieldReader) throws -> Result
  ) throws -> [Result] {
    var results: [Result] = []
    while let result = try optionalField(name, body) { results.append(result) }
    return results
  }

  /// An error at the current line.
  package func malformed(_ reason: String) -> ObjectModelError {
    .malformed(type: type, line: line, reason: reason)
  }
}

/// Reads the values of one field in turn.
package struct CanonicalFieldReader {
  private let type: String
  private let line: Int
  private var rest: ArraySlice<UInt8>

  fileprivate init(type: String, line: Int, values: ArraySlice<UInt8>) {
    self.type = type
    self.line = line
    rest = values
  }

  /// Whether every value has been read.
  package var isAtEnd: Bool { rest.isEmpty }

  /// Reads a bare word.
  package mutating func token() throws -> String {
    let word = String(decoding: try word(), as: UTF8.self)
    guard isCanonicalToken(word) else { throw malformed("not a word") }
    return word
  }

  /// Reads a decimal integer.
  package mutating func integer() throws -> Int {
    guard let value = Int(String(decoding: try word(), as: UTF8.self)) else {
      throw malformed("not an integer in range")
    }
    return value
  }

  /// Reads a decimal integer that is not negative.
  package mutating func count() throws -> Int {
    let value = try integer()
    guard value >= 0 else { throw malformed("a negative number") }
    return value
  }

  /// Reads a decimal integer of 64 bits without sign.
  package mutating func unsigned() throws -> UInt64 {
    guard let value = UInt64(String(decoding: try word(), as: UTF8.self)) else {
      throw malformed("not an integer in range")
    }
    return value
  }

  /// Reads a floating-point number.
  package mutating func number() throws -> Double {
    guard let value = Double(String(decoding: try word(), as: UTF8.self)) else {
      throw malformed("not a number")
    }
    return value
  }

  /// Reads an identifier in hexadecimal.
  package mutating func identifier<ID: Identifier>(_: ID.Type = ID.self) throws -> ID {
    guard let bytes = Hexadecimal.decode(try word()), let identifier = ID(bytes: bytes) else {
      throw malformed("not an identifier of \(ID.Value.byteCount) bytes in hexadecimal")
    }
    return identifier
  }

  /// Reads bytes in hexadecimal, of any number.
  package mutating func bytes() throws -> [UInt8] {
    guard let bytes = Hexadecimal.decode(try word()) else { throw malformed("not hexadecimal") }
    return bytes
  }

  /// Reads a quoted string.
  package mutating func text() throws -> String {
    guard rest.popFirst() == UInt8(ascii: " "), rest.popFirst() == UInt8(ascii: "\"") else {
      throw malformed("not a quoted string")
    }
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: bytes, as: UTF8.self) else {
          throw malformed("not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): bytes.append(try escapedByte())
      default: bytes.append(byte)
      }
    }
    throw malformed("the string does not end")
  }

  private mutating func escapedByte() throws -> UInt8 {
    switch rest.popFirst() {
    case UInt8(ascii: "\"")?: return UInt8(ascii: "\"")
    case UInt8(ascii: "\\")?: return UInt8(ascii: "\\")
    case UInt8(ascii: "n")?: return UInt8(ascii: "\n")
    case UInt8(ascii: "r")?: return UInt8(ascii: "\r")
    case UInt8(ascii: "t")?: return UInt8(ascii: "\t")
    case UInt8(ascii: "u")?:
      let digits = rest.prefix(4)
      guard let bytes = Hexadecimal.decode(digits), bytes.count == 2, bytes[0] == 0 else {
        throw malformed("an escape that is not one")
      }
      rest = rest.dropFirst(4)
      return bytes[1]
    default: throw malformed("an escape that is not one")
    }
  }

  /// Takes the bytes up to the next space or the end of the line.
  private mutating func word() throws -> ArraySlice<UInt8> {
    guard rest.popFirst() == UInt8(ascii: " ") else { throw malformed("too few values") }
    let word = rest.prefix { $0 != UInt8(ascii: " ") }
    rest = rest[word.endIndex...]
    return word
  }

  /// An error at this field.
  package func malformed(_ reason: String) -> ObjectModelError {
    .malformed(type: type, line: line, reason: reason)
  }
}
