extension JSONParser {
  /// A string, from its opening to its closing quotation mark.
  mutating func parseString() throws(JSONSyntaxError) -> String {
    position += 1
    let start = position
    // Most strings have no escape: their bytes are taken as they stand.
    while let next = peek, next != UInt8(ascii: "\"") {
      if next == UInt8(ascii: "\\") { return try parseEscapedString(from: start) }
      guard next >= 0x20 else { throw failure(.controlCharacterInString(next)) }
      position += 1
    }
    guard position < bytes.count else { throw failure(.unexpectedEnd) }
    let text = try validated(UnsafeRawBufferPointer(rebasing: bytes[start..<position]), at: start)
    position += 1
    return text
  }

  /// The rest of a string that has an escape at `position`; its plain part began at `start`.
  private mutating func parseEscapedString(from start: Int) throws(JSONSyntaxError) -> String {
    var content = Array(bytes[start..<position])
    while let next = peek, next != UInt8(ascii: "\"") {
      guard next >= 0x20 else { throw failure(.controlCharacterInString(next)) }
      if next == UInt8(ascii: "\\") {
        position += 1
        try parseEscape(into: &content)
      } else {
        content.append(next)
        position += 1
      }
    }
    guard position < bytes.count else { throw failure(.unexpectedEnd) }
    position += 1
    guard let text = String(validating: content, as: UTF8.self) else {
      throw JSONSyntaxError(fault: .invalidUTF8, offset: start)
    }
    return text
  }

  /// What follows a backslash.
  private mutating func parseEscape(into content: inout [UInt8]) throws(JSONSyntaxError) {
    guard let letter = peek else { throw failure(.unexpectedEnd) }
    let simple: UInt8
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): simple = letter
    case UInt8(ascii: "b"): simple = 0x08
    case UInt8(ascii: "f"): simple = 0x0C
    case UInt8(ascii: "n"): simple = 0x0A
    case UInt8(ascii: "r"): simple = 0x0D
    case UInt8(ascii: "t"): simple = 0x09
    case UInt8(ascii: "u"):
      position += 1
      content.append(contentsOf: Character(try parseEscapedScalar()).utf8)
      return
    default: throw failure(.invalidEscape)
    }
    content.append(simple)
    position += 1
  }

  /// Four hexadecimal digits, or two groups of them that are a surrogate pair.
  private mutating func parseEscapedScalar() throws(JSONSyntaxError) -> Unicode.Scalar {
    let start = position
    let lone = JSONSyntaxError(fault: .loneSurrogate, offset: start)
    let first = try parseFourHexadecimalDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    // What is no scalar is a surrogate; a pair begins with the high half.
    guard first < 0xDC00, peek == UInt8(ascii: "\\") else { throw lone }
    position += 1
    guard peek == UInt8(ascii: "u") else { throw lone }
    position += 1
    let second = try parseFourHexadecimalDigits()
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(
        0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00))
    else { throw lone }
    return scalar
  }

  private mutating func parseFourHexadecimalDigits() throws(JSONSyntaxError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek else { throw failure(.unexpectedEnd) }
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure(.invalidEscape)
      }
      value = value << 4 | UInt16(digit)
      position += 1
    }
    return value
  }

  private func validated(
    _ content: UnsafeRawBufferPointer, at start: Int
  ) throws(JSONSyntaxError) -> String {
    guard let text = String(validating: content, as: UTF8.self) else {
      throw JSONSyntaxError(fault: .invalidUTF8, offset: start)
    }
    return text
  }
}
