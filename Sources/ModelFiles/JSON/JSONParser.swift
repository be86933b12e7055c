extension JSONValue {
  /// Arrays and objects may lie this deep in each other; headers and configurations need about six.
  package static let depthLimit = 128
  /// The longest text, 128 MiB, several times the largest `tokenizer.json`: a value takes many times the
  /// bytes of its text in memory.
  package static let byteLimit = 128 << 20

  /// Parses a whole JSON text.
  ///
  /// Strict on purpose, since two readers that forgive differently see different files: no
  /// duplicate names, no raw control characters, no lone surrogates, no byte-order mark, nothing but
  /// white space around the value, and integers exact up to 64 bits.
  ///
  /// - Parameter path: The file the text came from, for the error.
  /// - Throws: `ModelFileError.malformedJSON` with the fault and its byte offset in `bytes`.
  /// - Complexity: O(*n*) in the number of bytes.
  package static func parse(_ bytes: UnsafeRawBufferPointer, path: String) throws -> JSONValue {
    guard bytes.count <= byteLimit else {
      throw ModelFileError.malformedJSON(
        path: path, fault: .tooLong(limit: byteLimit), offset: 0)
    }
    var parser = JSONParser(bytes: bytes)
    do {
      return try parser.parseText()
    } catch {
      throw ModelFileError.malformedJSON(path: path, fault: error.fault, offset: error.offset)
    }
  }

  /// Parses the value at the start of a text and leaves alone what follows it, so that a reader can
  /// take one element of a long array at a time. White space before the value is passed over.
  ///
  /// - Parameter depth: How many arrays and objects the value already lies in.
  /// - Returns: The value, and the number of bytes up to its end.
  /// - Throws: As ``parse(_:path:)``.
  /// - Complexity: O(*n*) in the number of bytes of the value.
  package static func parsePrefix(
    of bytes: UnsafeRawBufferPointer, depth: Int, path: String
  ) throws -> (value: JSONValue, end: Int) {
    var parser = JSONParser(bytes: bytes)
    do {
      let value = try parser.parseValue(depth: depth)
      return (value, parser.position)
    } catch {
      throw ModelFileError.malformedJSON(path: path, fault: error.fault, offset: error.offset)
    }
  }

  /// Parses a whole JSON text held in an array.
  package static func parse(_ bytes: [UInt8], path: String) throws -> JSONValue {
    try bytes.withUnsafeBytes { try parse($0, path: path) }
  }

  /// Parses the file at `path`.
  ///
  /// - Throws: `ModelFileError.inputOutput` or `ModelFileError.malformedJSON`.
  package static func parse(contentsOf path: String) throws -> JSONValue {
    let file = try MappedFile(path: path)
    return try withExtendedLifetime(file) { try parse(file.bytes, path: path) }
  }
}

/// A fault and the byte at which it was noticed.
struct JSONSyntaxError: Error {
  let fault: JSONFault
  let offset: Int
}

/// A recursive-descent parser over a byte buffer. Every read is bounds-checked by ``peek``: the
/// buffer itself checks nothing in an optimised build.
struct JSONParser {
  let bytes: UnsafeRawBufferPointer
  var position = 0

  init(bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// The next byte, or `nil` at the end.
  var peek: UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  func failure(_ fault: JSONFault) -> JSONSyntaxError {
    JSONSyntaxError(fault: fault, offset: position)
  }

  /// The failure of finding what cannot stand here: a byte, or the end.
  func unexpected() -> JSONSyntaxError {
    peek.map { failure(.unexpectedByte($0)) } ?? failure(.unexpectedEnd)
  }

  mutating func parseText() throws(JSONSyntaxError) -> JSONValue {
    let value = try parseValue(depth: 0)
    skipWhiteSpace()
    guard position == bytes.count else { throw failure(.trailingBytes) }
    return value
  }

  mutating func parseValue(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    skipWhiteSpace()
    guard let next = peek else { throw failure(.unexpectedEnd) }
    switch next {
    case UInt8(ascii: "{"): return .object(try parseObject(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try parseArray(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
    default: throw unexpected()
    }
  }

  private mutating func parseObject(depth: Int) throws(JSONSyntaxError) -> JSONObject {
    try enter(depth)
    var object = JSONObject()
    if try closes(with: UInt8(ascii: "}")) { return object }
    while true {
      skipWhiteSpace()
      guard peek == UInt8(ascii: "\"") else { throw unexpected() }
      let start = position
      let name = try parseString()
      skipWhiteSpace()
      guard peek == UInt8(ascii: ":") else { throw unexpected() }
      position += 1
      let value = try parseValue(depth: depth)
      guard object.append(JSONObject.Member(name, value)) else {
        throw JSONSyntaxError(fault: .duplicateKey(name), offset: start)
      }
      if try !continues(until: UInt8(ascii: "}")) { return object }
    }
  }

  private mutating func parseArray(depth: Int) throws(JSONSyntaxError) -> [JSONValue] {
    try enter(depth)
    var elements: [JSONValue] = []
    if try closes(with: UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try parseValue(depth: depth))
      if try !continues(until: UInt8(ascii: "]")) { return elements }
    }
  }

  /// Steps over an opening bracket.
  private mutating func enter(_ depth: Int) throws(JSONSyntaxError) {
    // The parser recurses, so that unlimited depth would be an overflow of the stack.
    guard depth <= JSONValue.depthLimit else {
      throw failure(.tooDeep(limit: JSONValue.depthLimit))
    }
    position += 1
  }

  /// Whether the array or object just opened ends at once.
  private mutating func closes(with bracket: UInt8) throws(JSONSyntaxError) -> Bool {
    skipWhiteSpace()
    guard peek == bracket else { return false }
    position += 1
    return true
  }

  /// Steps over the comma (true) or the closing bracket (false) that follows an element.
  private mutating func continues(until bracket: UInt8) throws(JSONSyntaxError) -> Bool {
    skipWhiteSpace()
    guard let next = peek, next == UInt8(ascii: ",") || next == bracket else { throw unexpected() }
    position += 1
    return next != bracket
  }

  private mutating func parseWord(
    _ word: StaticString, _ value: JSONValue
  ) throws(JSONSyntaxError) -> JSONValue {
    for offset in 0..<word.utf8CodeUnitCount {
      guard peek == word.utf8Start[offset] else { throw unexpected() }
      position += 1
    }
    return value
  }

  private mutating func skipWhiteSpace() {
    while let next = peek, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 {
      position += 1
    }
  }
}
