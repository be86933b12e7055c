import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct JSONParserTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONValue.parse(Array(text.utf8), path: "text")
  }

  @Test(arguments: [
    ("null", JSONValue.null), (" true ", .bool(true)), ("false", .bool(false)),
    ("0", .integer(0)), ("-0", .number(-0.0)), ("12", .integer(12)), ("2.0", .number(2)),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .unsignedInteger(1 << 63)),
    ("18446744073709551615", .unsignedInteger(.max)),
    ("18446744073709551616", .number(18_446_744_073_709_551_616)),
    ("1e-05", .number(0.00001)), ("1E+2", .number(100)), ("-0.5", .number(-0.5)),
    ("\"\"", .string("")), (#""a\"\\\/\b\f\n\r\t""#, .string("a\"\\/\u{8}\u{C}\n\r\t")),
    (#""\u00e9\u0000\uD83D\ude00""#, .string("é\u{0}😀")), ("\"東 é\"", .string("東 é")),
    ("[]", .array([])),
    ("[1,[2],{}]", .array([.integer(1), .array([.integer(2)]), .object(.init())])),
    (
      "\t\r\n {\"a\" : 1 , \"b\":null}\n",
      .object(.init([.init("a", .integer(1)), .init("b", .null)]))
    ),
  ])
  func valuesAreReadExactly(text: String, expected: JSONValue) throws {
    #expect(try parse(text) == expected)
  }

  @Test(arguments: [
    ("", JSONFault.unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("[1", .unexpectedEnd, 2),
    ("{\"a\"", .unexpectedEnd, 4), ("\"ab", .unexpectedEnd, 3), ("\"a\\", .unexpectedEnd, 3),
    ("\"\\u00", .unexpectedEnd, 5), ("tru", .unexpectedEnd, 3), ("-", .unexpectedEnd, 1),
    ("[1,]", .unexpectedByte(0x5D), 3), ("{\"a\":1,}", .unexpectedByte(0x7D), 7),
    ("[1 2]", .unexpectedByte(0x32), 3), ("{a:1}", .unexpectedByte(0x61), 1),
    ("'a'", .unexpectedByte(0x27), 0), ("NaN", .unexpectedByte(0x4E), 0),
    ("nul!", .unexpectedByte(0x21), 3), ("\u{FEFF}1", .unexpectedByte(0xEF), 0),
    ("01", .invalidNumber, 0), ("-01", .invalidNumber, 0), ("1.", .unexpectedEnd, 2),
    ("1.e", .invalidNumber, 2), ("[.5]", .unexpectedByte(0x2E), 1),
    ("+1", .unexpectedByte(0x2B), 0),
    ("1e999", .numberOutOfRange, 0), ("0x10", .trailingBytes, 1), ("1 2", .trailingBytes, 2),
    ("1\u{0}", .trailingBytes, 1), ("// c\n1", .unexpectedByte(0x2F), 0),
    ("\"a\nb\"", .controlCharacterInString(0x0A), 2), ("\"\\q\"", .invalidEscape, 2),
    ("\"\\u12g4\"", .invalidEscape, 5), ("\"\\ud800\"", .loneSurrogate, 3),
    ("\"\\udc00\\ud800\"", .loneSurrogate, 3), ("\"\\ud800\\u0041\"", .loneSurrogate, 3),
    ("{\"a\":1,\"a\":2}", .duplicateKey("a"), 7), (#"{"a":1,"\u0061":2}"#, .duplicateKey("a"), 7),
  ])
  func whatIsNotStrictJSONIsRefusedWhereItStands(text: String, fault: JSONFault, offset: Int) {
    #expect(throws: ModelFileError.malformedJSON(path: "text", fault: fault, offset: offset)) {
      try parse(text)
    }
  }

  @Test(arguments: [
    [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
  ])
  func illFormedUTF8IsRefused(bytes: [UInt8]) {
    #expect(throws: ModelFileError.malformedJSON(path: "text", fault: .invalidUTF8, offset: 1)) {
      try JSONValue.parse(bytes, path: "text")
    }
  }

  @Test func nestingIsLimited() throws {
    let limit = JSONValue.depthLimit
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try parse(nested(limit))
    #expect(
      throws: ModelFileError.malformedJSON(
        path: "text", fault: .tooDeep(limit: limit), offset: limit)
    ) { try parse(nested(limit + 1)) }
    #expect(throws: ModelFileError.self) { try parse(String(repeating: "{\"a\":", count: 100_000)) }
  }

  /// The file has no bytes on disk, and none of it is looked at.
  @Test func lengthIsLimited() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("long.json")
    let limit = JSONValue.byteLimit
    try Data("[]".utf8).write(to: URL(fileURLWithPath: path))
    #expect(truncate(path, limit + 1) == 0)
    #expect(
      throws: ModelFileError.malformedJSON(
        path: path, fault: .tooLong(limit: limit), offset: 0)
    ) { try JSONValue.parse(contentsOf: path) }
  }

  @Test func aPrefixEndsWhereItsValueEnds() throws {
    func prefix(_ text: String, depth: Int = 0) throws -> (value: JSONValue, end: Int) {
      try Array(text.utf8).withUnsafeBytes {
        try JSONValue.parsePrefix(of: $0, depth: depth, path: "text")
      }
    }
    for (text, rest) in [(" [1, {}]", ", 2]"), ("12", "]"), (#""a\"""#, "\"b\""), ("null", "")] {
      let (value, end) = try prefix(text + rest)
      #expect(try value == parse(text))
      #expect(end == text.utf8.count)
    }
    let limit = JSONValue.depthLimit
    #expect(try prefix("[]", depth: limit - 1).end == 2)
    #expect(
      throws: ModelFileError.malformedJSON(
        path: "text", fault: .tooDeep(limit: limit), offset: 0)
    ) { try prefix("[]", depth: limit) }
  }

  @Test func canonicallyEquivalentNamesAreDifferentNames() throws {
    let object = try #require(parse("{\"e\u{301}\":1,\"\u{E9}\":2}").objectValue)
    #expect(object["e\u{301}"] == .integer(1))
    #expect(object["\u{E9}"] == .integer(2))
  }

  @Test func largeObjectsFindEveryName() throws {
    let members = (0..<1000).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
    let object = try #require(parse("{\(members)}").objectValue)
    #expect((0..<1000).allSatisfy { object["k\($0)"] == .integer(Int64($0)) })
    #expect(object["k1000"] == nil)
    #expect(throws: ModelFileError.self) { try parse("{\(members),\"k500\":0}") }
  }

  /// Foundation's reader is the independent judge of what our writer makes of a random value.
  @Test(arguments: 0..<50)
  func writtenTextIsReadBackByThisReaderAndByFoundation(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let value = JSONValue.array([randomValue(depth: 4, using: &generator)])
    for indented in [false, true] {
      let text = value.text(indented: indented)
      #expect(try parse(text) == value)
      let other = try JSONSerialization.jsonObject(with: Data(text.utf8))
      let rewritten = try JSONSerialization.data(withJSONObject: other, options: .sortedKeys)
      #expect(
        try JSONSerialization.data(withJSONObject: foundation(value), options: .sortedKeys)
          == rewritten)
    }
  }

  private func randomValue(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
    case 0: return .null
    case 1: return .bool(.random(using: &generator))
    case 2: return .integer(.random(in: -1_000_000_000...1_000_000_000, using: &generator))
    case 3: return .number(Double(Int.random(in: 0..<1000, using: &generator)) + 0.25)
    case 4: return .string(randomText(using: &generator))
    case 5:
      return .array((0..<3).map { _ in randomValue(depth: depth - 1, using: &generator) })
    default:
      return .object(
        JSONObject(
          (0..<12).map { index in
            .init(
              "\(index)" + randomText(using: &generator),
              randomValue(depth: depth - 1, using: &generator))
          }))
    }
  }

  private func randomText(using generator: inout SeededGenerator) -> String {
    let alphabet = Array("a\"\\/\u{1}\u{8}\n\r\t\u{C}\u{1F}\u{7F}é東😀".unicodeScalars)
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0..<6, using: &generator) {
      text.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
    }
    return String(text)
  }

  private func foundation(_ value: JSONValue) -> Any {
    switch value {
    case .null: NSNull()
    case .bool(let value): value
    case .integer(let value): value
    case .unsignedInteger(let value): value
    case .number(let value): value
    case .string(let value): value
    case .array(let elements): elements.map(foundation)
    case .object(let object):
      Dictionary(uniqueKeysWithValues: object.members.map { ($0.name, foundation($0.value)) })
    }
  }
}
