import ModelFiles

/// The JSON values of a facts file one after the other, before any of them is taken for a record: the
/// elements of an array where the text starts with one, else the values of its lines, blank ones left
/// out.
///
/// One value is held at a time. An array is cut at the commas between its elements without parsing
/// it as a whole; every byte of it still goes through the strict parser, so that a fault is the one
/// that it would report of the whole text, in the same line and column.
struct FactsValues {
  /// A record is a few sentences; a value of more bytes is a file of another kind.
  static let recordLimit = 1 << 20

  private enum Layout {
    case unknown
    case lines
    /// Behind the opening bracket or a comma, so many elements having been read.
    case array(Int)
    /// Behind the closing bracket.
    case closed
  }

  private let path: String
  private let bytes: FactsBytes
  private var layout = Layout.unknown

  /// The most bytes that were held at once.
  var mostHeld: Int { bytes.mostHeld }

  /// - Throws: ``FactsError/fileMissing(path:)`` or ``FactsError/inputOutput(path:errno:)``.
  init(path: String, chunkSize: Int) throws {
    self.path = path
    bytes = try FactsBytes(path: path, chunkSize: chunkSize)
  }

  /// The next value, or `nil` at the end.
  ///
  /// - Throws: ``FactsError`` for what cannot be read or is not strict JSON. Nothing can be read on
  ///   after that.
  mutating func next() throws -> (place: FactsPlace, value: JSONValue)? {
    switch layout {
    case .unknown:
      layout = .lines
      try skipByteOrderMark()
      if try skipWhiteSpace() == UInt8(ascii: "[") {
        bytes.take(1)
        layout = .array(0)
      }
      return try next()
    case .lines:
      return try nextLine()
    case .array(let count):
      return try nextElement(after: count)
    case .closed:
      if try skipWhiteSpace() != nil { throw fault(.trailingBytes, at: 0, element: nil) }
      return nil
    }
  }

  /// Takes U+FEFF, with which some editors begin a file of UTF-8.
  private func skipByteOrderMark() throws {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    while bytes.count < mark.count {
      guard try bytes.fill() else { return }
    }
    if bytes.withBytes(mark.count, { $0.elementsEqual(mark) }) { bytes.take(mark.count) }
  }

  /// Takes white space and gives the byte behind it, `nil` at the end of the file.
  private func skipWhiteSpace() throws -> UInt8? {
    while true {
      if let offset = firstOffset(where: { !isJSONWhiteSpace($0) }) {
        bytes.take(offset)
        return bytes[0]
      }
      bytes.take(bytes.count)
      guard try bytes.fill() else { return nil }
    }
  }

  private func firstOffset(from: Int = 0, where matches: (UInt8) -> Bool) -> Int? {
    bytes.withBytes(bytes.count) { held in held[from...].firstIndex(where: matches) }
  }

  private func fault(_ fault: JSONFault, at offset: Int, element: Int?) -> FactsError {
    let (line, column) = bytes.place(of: offset)
    return .notJSON(path: path, line: line, column: column, element: element, fault: fault)
  }

  private func checkUTF8(_ count: Int) throws {
    let isValid = bytes.withBytes(count) { String(validating: $0, as: UTF8.self) != nil }
    guard !isValid else { return }
    // Where valid text ends is sought only now: a line is valid up to its first bad byte, and a line
    // feed is part of no longer character.
    var start = 0
    while start < count {
      let end = min(count, firstOffset(from: start) { $0 == UInt8(ascii: "\n") } ?? count)
      let line = bytes.withBytes(end) { String(validating: $0[start...], as: UTF8.self) }
      if line == nil { break }
      start = end + 1
    }
    throw FactsError.notUTF8(path: path, line: bytes.place(of: min(start, count)).line)
  }
}

// JSON lines.
extension FactsValues {
  private func nextLine() throws -> (place: FactsPlace, value: JSONValue)? {
    while let count = try lineCount() {
      let place = FactsPlace.line(bytes.line)
      defer { bytes.take(min(count + 1, bytes.count)) }
      let isBlank = bytes.withBytes(count) { line in
        line.allSatisfy { $0 == UInt8(ascii: " ") || (0x09...0x0D).contains($0) }
      }
      if isBlank { continue }
      try checkUTF8(count)
      do {
        return (place, try bytes.withBytes(count) { try JSONValue.parse($0, path: path) })
      } catch ModelFileError.malformedJSON(_, let fault, let offset) {
        throw self.fault(fault, at: offset, element: nil)
      }
    }
    return nil
  }

  /// The bytes of the next line without its line feed, all of them held; `nil` at the end of the file.
  private func lineCount() throws -> Int? {
    var scanned = 0
    while true {
      let end = firstOffset(from: scanned) { $0 == UInt8(ascii: "\n") }
      scanned = bytes.count
      guard end ?? scanned <= Self.recordLimit else {
        throw FactsError.recordTooLong(
          path: path, place: .line(bytes.line), limit: Self.recordLimit)
      }
      if let end { return end }
      guard try bytes.fill() else { return scanned == 0 ? nil : scanned }
    }
  }
}

// An array.
extension FactsValues {
  private mutating func nextElement(
    after count: Int
  ) throws -> (place: FactsPlace, value: JSONValue)? {
    let number = count + 1
    guard let first = try skipWhiteSpace() else {
      throw fault(.unexpectedEnd, at: 0, element: number)
    }
    if first == UInt8(ascii: "]"), count == 0 {
      bytes.take(1)
      layout = .closed
      return try next()
    }
    guard let end = try elementEnd(number) else {
      // The file ends inside the element, or behind it: the parser tells.
      try checkUTF8(bytes.count)
      _ = try parseElement(number, upTo: bytes.count)
      throw fault(.unexpectedEnd, at: bytes.count, element: number)
    }
    try checkUTF8(end)
    // The byte behind the element is shown to the parser, which may stumble over it.
    let value = try parseElement(number, upTo: end, holding: end + 1)
    layout = bytes[end] == UInt8(ascii: "]") ? .closed : .array(number)
    bytes.take(end + 1)
    return (.element(number), value)
  }

  /// Parses the element at the start of what is held; nothing but white space may lie between it and
  /// `end`.
  private func parseElement(
    _ number: Int, upTo end: Int, holding count: Int? = nil
  ) throws -> JSONValue {
    do {
      let (value, valueEnd) = try bytes.withBytes(count ?? end) {
        try JSONValue.parsePrefix(of: $0, depth: 1, path: path)
      }
      let rest = firstOffset(from: valueEnd) { !isJSONWhiteSpace($0) } ?? end
      guard rest >= end else {
        throw fault(.unexpectedByte(bytes[rest]), at: rest, element: number)
      }
      return value
    } catch ModelFileError.malformedJSON(_, let fault, let offset) {
      throw self.fault(fault, at: offset, element: number)
    }
  }

  /// The offset of the comma or bracket behind the next element, all bytes up to it being held; `nil`
  /// where the file ends before it.
  ///
  /// Only strings and the number of open brackets are looked at. Up to the first fault in the text
  /// that is where the parser sees the element end, and a fault is found when the element is parsed.
  private func elementEnd(_ number: Int) throws -> Int? {
    var cutter = ElementCutter()
    var scanned = 0
    while true {
      let limit = min(bytes.count, Self.recordLimit + 1)
      let end = bytes.withBytes(limit) { held in
        held[scanned...].firstIndex { cutter.isEnd($0) }
      }
      if let end { return end }
      scanned = limit
      if scanned > Self.recordLimit { throw tooLong(number) }
      guard try bytes.fill() else { return nil }
    }
  }

  /// A bracket or quotation mark left out makes the rest of the file one element: that is then the
  /// fault to report.
  private func tooLong(_ number: Int) -> any Error {
    do {
      _ = try parseElement(number, upTo: Self.recordLimit)
    } catch FactsError.notJSON(_, _, _, _, fault: .unexpectedEnd) {
      // Well formed as far as it was read.
    } catch {
      return error
    }
    return FactsError.recordTooLong(
      path: path, place: .element(number), limit: Self.recordLimit)
  }
}

/// Finds the end of an array's element byte by byte.
private struct ElementCutter {
  private var depth = 0
  private var isInString = false
  private var isEscaped = false

  /// Whether the byte is the comma or bracket behind the element; the bytes come in their order.
  mutating func isEnd(_ byte: UInt8) -> Bool {
    if isInString {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
      }
      return false
    }
    switch byte {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "]") where depth == 0, UInt8(ascii: ",") where depth == 0: return true
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(0, depth - 1)
    default: break
    }
    return false
  }
}

private func isJSONWhiteSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}
