import Glibc
import ModelFiles

/// The bytes of a facts file and the JSON values in them, before any of them is taken for a record.
struct FactsText {
  /// Some hundred times the largest published data set of edits.
  static let fileLimit = 1 << 30
  /// A record is a few sentences; a line of this length is a file of another kind.
  static let lineLimit = 1 << 20

  private let path: String
  private let bytes: [UInt8]

  /// - Throws: ``FactsError/fileMissing(path:)``, ``FactsError/inputOutput(path:errno:)`` or
  ///   ``FactsError/fileTooLarge(path:limit:)``.
  init(path: String) throws {
    self.init(path: path, bytes: try FactsText.read(path))
  }

  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// The values of the file with their places: the elements of an array where the text starts with
  /// one, else the values of its lines, blank ones left out.
  func values(limit: Int?) throws -> [(FactsPlace, JSONValue)] {
    guard let first = bytes.first(where: { !isWhiteSpace($0) }) else { return [] }
    let all =
      first == UInt8(ascii: "[") ? try elements() : try values(ofLinesUpTo: limit ?? .max)
    return Array(all.prefix(limit ?? .max))
  }

  private func elements() throws -> [(FactsPlace, JSONValue)] {
    var line = 1
    for range in lines() {
      try checkUTF8(range, line: line)
      line += 1
    }
    let elements = try parse(bytes.indices, line: 1).arrayValue ?? []
    return elements.enumerated().map { (.element($0.offset + 1), $0.element) }
  }

  private func values(ofLinesUpTo limit: Int) throws -> [(FactsPlace, JSONValue)] {
    var values: [(FactsPlace, JSONValue)] = []
    var line = 0
    for range in lines() {
      line += 1
      if bytes[range].allSatisfy(isWhiteSpace) { continue }
      guard range.count <= FactsText.lineLimit else {
        throw FactsError.lineTooLong(path: path, line: line, limit: FactsText.lineLimit)
      }
      try checkUTF8(range, line: line)
      values.append((.line(line), try parse(range, line: line)))
      if values.count == limit { break }
    }
    return values
  }

  /// The lines without their line feeds; a carriage return before one is white space to JSON.
  private func lines() -> some Sequence<Range<Int>> {
    sequence(state: 0) { (start: inout Int) -> Range<Int>? in
      guard start < bytes.count else { return nil }
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      defer { start = end + 1 }
      return start..<end
    }
  }

  private func checkUTF8(_ range: Range<Int>, line: Int) throws {
    guard String(validating: bytes[range], as: UTF8.self) != nil else {
      throw FactsError.notUTF8(path: path, line: line)
    }
  }

  /// Parses a part of the text that starts at the start of `line`.
  private func parse(_ range: Range<Int>, line: Int) throws -> JSONValue {
    do {
      return try bytes.withUnsafeBytes {
        try JSONValue.parse(UnsafeRawBufferPointer(rebasing: $0[range]), path: path)
      }
    } catch ModelFileError.malformedJSON(_, let fault, let offset) {
      let before = bytes[range].prefix(offset)
      let breaks = before.count { $0 == UInt8(ascii: "\n") }
      let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? range.lowerBound
      throw FactsError.notJSON(
        path: path, line: line + breaks, column: before.endIndex - lineStart + 1, fault: fault)
    }
  }

  private func isWhiteSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
  }

  /// Reads to the end rather than mapping, so that a pipe will do.
  private static func read(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw errno == ENOENT
        ? FactsError.fileMissing(path: path) : FactsError.inputOutput(path: path, errno: errno)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count < 0 {
        guard errno == EINTR else { throw FactsError.inputOutput(path: path, errno: errno) }
        continue
      }
      guard bytes.count + count <= fileLimit else {
        throw FactsError.fileTooLarge(path: path, limit: fileLimit)
      }
      bytes += buffer[..<count]
    }
  }
}
