import Foundation

/// The version of every `--json` document. It is raised when a field changes its meaning or goes away;
/// new fields may appear at any time.
let jsonSchema = 1

/// What a verb found or did, for people or as JSON.
protocol Report: Encodable {
  /// Prints it for people.
  func print(on terminal: Terminal) throws
}

extension Terminal {
  /// Prints a report as `--json` asks for it.
  func show(_ report: some Report, as options: GlobalOptions) throws {
    if options.json { try printJSON(report) } else { try report.print(on: self) }
  }

  /// Prints a document.
  func printJSON(_ body: some Encodable) throws {
    try StandardOutput.shared.write(VisibleText.ofJSON(jsonText(body)) + "\n")
  }

  /// Prints a document on a line of its own, as long reports come piece by piece.
  func printJSONLine(_ body: some Encodable) throws {
    try StandardOutput.shared.write(VisibleText.ofJSON(jsonText(body, isIndented: false)) + "\n")
    try StandardOutput.shared.flush()
  }
}

/// A document: the fields of `body` besides `"schema"`, keys sorted.
func jsonText(_ body: some Encodable, isIndented: Bool = true) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return String(decoding: try encoder.encode(Document(body: body)), as: UTF8.self)
}

/// A report's own fields and the schema's version in one object.
private struct Document<Body: Encodable>: Encodable {
  enum Key: String, CodingKey {
    case schema
  }

  let body: Body

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(jsonSchema, forKey: .schema)
    try body.encode(to: encoder)
  }
}
