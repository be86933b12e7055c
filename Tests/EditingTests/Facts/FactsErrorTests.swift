import Editing
import Foundation
import ModelFiles
import TestSupport
import Testing

/// Files that cannot be used, and where the error points.
@Suite struct FactsErrorTests {
  private static let good = #"{"prompt": "P", "subject": "S", "target": "T"}"#
  private let directory: TemporaryDirectory
  private let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.path("facts.jsonl")
  }

  private func expect(
    _ error: FactsError, for bytes: some Sequence<UInt8>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    #expect(throws: error, sourceLocation: sourceLocation) { try FactsFile.load(path: path) }
  }

  @Test func aMissingFileIsNamed() {
    let missing = directory.path("none.jsonl")
    #expect(throws: FactsError.fileMissing(path: missing)) { try FactsFile.load(path: missing) }
  }

  @Test func aDirectoryIsNoFile() {
    #expect(throws: FactsError.inputOutput(path: directory.path, errno: EISDIR)) {
      try FactsFile.load(path: directory.path)
    }
  }

  @Test(arguments: ["", "\n", " \r\n\n ", "[]", "[\n]\n"])
  func aFileWithoutRecordsIsRefused(_ text: String) throws {
    try expect(.noRecords(path: path), for: text.utf8)
  }

  @Test func textThatIsNotJSONIsNamedWithItsLineColumnAndElement() throws {
    let cases: [(String, line: Int, column: Int, element: Int?, JSONFault)] = [
      ("prompt,subject,target", 1, 1, nil, .unexpectedByte(UInt8(ascii: "p"))),
      (Self.good + "\n\n" + #"{"prompt": 'P'}"#, 3, 12, nil, .unexpectedByte(UInt8(ascii: "'"))),
      (Self.good + "\n{", 2, 2, nil, .unexpectedEnd),
      (Self.good + Self.good, 1, Self.good.utf8.count + 1, nil, .trailingBytes),
      ("{\n\"prompt\": \"P\"}", 1, 2, nil, .unexpectedEnd),
      (" \n  nul\n", 2, 6, nil, .unexpectedEnd),
      (#"{"prompt": "P", "prompt": "Q"}"#, 1, 17, nil, .duplicateKey("prompt")),
      ("[\(Self.good),\n  \(Self.good),\n]", 3, 1, 3, .unexpectedByte(UInt8(ascii: "]"))),
      ("[\(Self.good)\n", 2, 1, 1, .unexpectedEnd),
      ("[\(Self.good),\n\(Self.good)} ]", 2, Self.good.utf8.count + 1, 2, .unexpectedByte(0x7D)),
      ("[\(Self.good),\n", 2, 1, 2, .unexpectedEnd),
      ("[", 1, 2, 1, .unexpectedEnd),
      ("[,]", 1, 2, 1, .unexpectedByte(UInt8(ascii: ","))),
      ("[\(Self.good)]\n []", 2, 2, nil, .trailingBytes),
    ]
    for (text, line, column, element, fault) in cases {
      try expect(
        .notJSON(path: path, line: line, column: column, element: element, fault: fault),
        for: text.utf8)
    }
  }

  @Test func aLineThatIsNotUTF8IsNamed() throws {
    let latin1 = Array(#"{"prompt": "Caf"#.utf8) + [0xE9] + Array(#"", "subject": ""}"#.utf8)
    try expect(.notUTF8(path: path, line: 2), for: Array("\(Self.good)\n".utf8) + latin1)
    try expect(
      .notUTF8(path: path, line: 3), for: Array("[\n\(Self.good),\n".utf8) + latin1 + [0x5D])
    // UTF-16 as some editors save it.
    try expect(.notUTF8(path: path, line: 1), for: [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00])
  }

  @Test func aRecordOfSenselessLengthIsRefused() throws {
    let limit = 1 << 20
    let long = #"{"prompt": "\#(String(repeating: "x", count: limit))"}"#
    try expect(
      .recordTooLong(path: path, place: .line(2), limit: limit),
      for: (Self.good + "\n" + long).utf8)
    try expect(
      .recordTooLong(path: path, place: .element(2), limit: limit),
      for: "[\(Self.good),\n\(long)]".utf8)
  }

  /// A quotation mark left out makes one element of all that follows. The length is then not what a
  /// person has to mend.
  @Test func aFaultAtTheStartOfAnEndlessElementIsTold() throws {
    let records = [String](repeating: Self.good, count: 40_000).joined(separator: ",\n")
    try expect(
      .notJSON(
        path: path, line: 2, column: 16, element: 2,
        fault: .unexpectedByte(UInt8(ascii: ","))),
      for: "[\(Self.good),\n\(#"{"prompt": {"P", "subject": "S"}"#),\n\(records)]".utf8)
  }

  @Test func whatIsNoObjectIsNoRecord() throws {
    try expect(.notARecord(path: path, place: .line(2)), for: (Self.good + "\n\"text\"").utf8)
    try expect(.notARecord(path: path, place: .element(2)), for: "[\(Self.good), 7]".utf8)
  }

  @Test func aMissingFieldIsNamedWithItsRecord() throws {
    let cases: [(String, field: String)] = [
      (#"{"subject": "S", "target": "T"}"#, "prompt"),
      (#"{"prompt": "P", "target": "T"}"#, "subject"),
      (#"{"prompt": "P", "subject": "S"}"#, "target"),
      (
        #"{"prompt":"P","subject":"S","target":"T","locality":[{"prompt":"L","target":"M"},{"prompt":"L"}]}"#,
        "locality[1].target"
      ),
      (
        #"{"prompt": "P", "subject": "S", "target": "T", "locality": {"target": "M"}}"#,
        "locality.prompt"
      ),
      (
        #"{"prompt": "P", "subject": "S", "target_new": "T", "locality_prompt": "L"}"#,
        "locality_ground_truth"
      ),
      (
        #"{"prompt": "P", "subject": "S", "target_new": "T", "locality_ground_truth": "L"}"#,
        "locality_prompt"
      ),
    ]
    for (record, field) in cases {
      try expect(
        .missingField(path: path, place: .line(2), field: field),
        for: (Self.good + "\n" + record).utf8)
      try expect(
        .missingField(path: path, place: .element(2), field: field),
        for: "[\(Self.good),\(record)]".utf8)
    }
  }

  @Test func aFieldOfTheWrongKindIsNamed() throws {
    let cases: [(String, field: String, expected: String)] = [
      (#""target": 7"#, "target", "a text"),
      (#""target": null"#, "target", "a text"),
      (#""target": "T", "ground_truth": ["G"]"#, "ground_truth", "a text"),
      (#""target": "T", "rephrase": 1"#, "rephrase", "a text or a list of texts"),
      (#""target": "T", "rephrase": ["R", {}]"#, "rephrase[1]", "a text"),
      (#""target": "T", "locality": "L""#, "locality", "an object with prompt and target"),
      (#""target": "T", "locality": ["L"]"#, "locality[0]", "an object with prompt and target"),
      (#""target": "T", "id": 1.5"#, "id", "a text or an integer"),
      (#""target": "T", "relation": ["capital"]"#, "relation", "a text"),
    ]
    for (fields, field, expected) in cases {
      try expect(
        .wrongKind(path: path, place: .line(1), field: field, expected: expected),
        for: #"{"prompt": "P", "subject": "S", \#(fields)}"#.utf8)
    }
  }

  @Test func anEmptyFieldIsNamed() throws {
    let cases: [(String, field: String)] = [
      (#"{"prompt": "", "subject": "S", "target": "T"}"#, "prompt"),
      (#"{"prompt": "P", "subject": "S", "target": " \n"}"#, "target"),
      (#"{"prompt": "P", "subject": "S", "target": "T", "rephrase": [""]}"#, "rephrase[0]"),
      (
        #"{"prompt": "P", "subject": "S", "target_new": "T", "rephrase_prompt": " "}"#,
        "rephrase_prompt"
      ),
    ]
    for (record, field) in cases {
      try expect(.emptyField(path: path, place: .line(1), field: field), for: record.utf8)
    }
  }
}
