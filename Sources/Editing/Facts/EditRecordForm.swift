import ModelFiles
import ObjectModel

/// The JSON object of one record, taken field by field.
///
/// | Ours | Flat CounterFact | |
/// |---|---|---|
/// | `prompt`, `subject` | the same | text |
/// | `target` | `target_new` | text |
/// | `rephrase` | `rephrase_prompt` | text or a list of texts; may be left out |
/// | `locality` | `locality_prompt`, `locality_ground_truth` | one `{prompt, target}` or a list; may be left out |
/// | `ground_truth` | the same | the answer before the edit; may be left out |
/// | `id` or `case_id` | `case_id` | text or integer; may be left out |
/// | `relation` | – | text; may be left out |
///
/// An optional field may also be `null`. Other fields are passed over: published files carry many.
struct EditRecordForm {
  private let path: String
  private let place: FactsPlace
  private let object: JSONObject

  /// - Throws: ``FactsError/notARecord(path:place:)`` where the value is not an object.
  init(path: String, place: FactsPlace, value: JSONValue) throws {
    guard let object = value.objectValue else {
      throw FactsError.notARecord(path: path, place: place)
    }
    self.path = path
    self.place = place
    self.object = object
  }

  /// The record, in whichever of the two forms the object is.
  ///
  /// - Throws: ``FactsError`` for a field that is missing, empty or of the wrong kind.
  func entry() throws -> FactsFile.Entry {
    let isCounterFact = object["target"] == nil && object["target_new"] != nil
    let record = EditRecord(
      prompt: joinable(prompt: try text("prompt")),
      // A record without a subject is none, though an editor may not need it: an empty one will do.
      subject: try text("subject", mayBeEmpty: true),
      target: joinable(target: try text(isCounterFact ? "target_new" : "target")),
      rephrasings: try texts(isCounterFact ? "rephrase_prompt" : "rephrase")
        .map(joinable(prompt:)),
      locality: isCounterFact ? try counterFactLocality() : try locality(),
      formerTarget: try optionalText("ground_truth").map(joinable(target:)),
      identifier: try identifier("id") ?? identifier("case_id"),
      source: path.split(separator: "/").last.map(String.init))
    return FactsFile.Entry(record: record, relation: try optionalText("relation"), place: place)
  }

  private func locality() throws -> [EditRecord.LocalityProbe] {
    switch value("locality") {
    case nil: return []
    case .array(let probes)?:
      return try probes.enumerated().map { try probe($0.element, field: "locality[\($0.offset)]") }
    case let single?: return [try probe(single, field: "locality")]
    }
  }

  private func probe(_ value: JSONValue, field: String) throws -> EditRecord.LocalityProbe {
    guard let probe = value.objectValue else {
      throw wrongKind(field, expected: "an object with prompt and target")
    }
    func part(_ name: String) throws -> String {
      guard let value = probe[name] else { throw missing("\(field).\(name)") }
      return try text(value, field: "\(field).\(name)")
    }
    return EditRecord.LocalityProbe(
      prompt: joinable(prompt: try part("prompt")), target: joinable(target: try part("target")))
  }

  private func counterFactLocality() throws -> [EditRecord.LocalityProbe] {
    guard value("locality_prompt") != nil || value("locality_ground_truth") != nil else {
      return []
    }
    return [
      EditRecord.LocalityProbe(
        prompt: joinable(prompt: try text("locality_prompt")),
        target: joinable(target: try text("locality_ground_truth")))
    ]
  }

  /// `prompt + target` must read as running text, with one space between the two.
  private func joinable(prompt: String) -> String {
    var prompt = prompt
    while prompt.hasSuffix(" ") { prompt.removeLast() }
    return prompt
  }

  private func joinable(target: String) -> String {
    " " + target.drop { $0 == " " }
  }
}

// Fields by name.
extension EditRecordForm {
  /// The field's value, `nil` where it is absent or `null`.
  private func value(_ field: String) -> JSONValue? {
    object[field].flatMap { $0.isNull ? nil : $0 }
  }

  private func text(_ field: String, mayBeEmpty: Bool = false) throws -> String {
    guard let value = object[field] else { throw missing(field) }
    return try text(value, field: field, mayBeEmpty: mayBeEmpty)
  }

  private func optionalText(_ field: String) throws -> String? {
    try value(field).map { try text($0, field: field) }
  }

  private func texts(_ field: String) throws -> [String] {
    switch value(field) {
    case nil: return []
    case .string?: return [try text(field)]
    case .array(let elements)?:
      return try elements.enumerated().map {
        try text($0.element, field: "\(field)[\($0.offset)]")
      }
    default: throw wrongKind(field, expected: "a text or a list of texts")
    }
  }

  private func identifier(_ field: String) throws -> String? {
    switch value(field) {
    case nil: return nil
    case .integer(let number)?: return String(number)
    case .unsignedInteger(let number)?: return String(number)
    case .string(let text)?: return text
    default: throw wrongKind(field, expected: "a text or an integer")
    }
  }

  private func text(
    _ value: JSONValue, field: String, mayBeEmpty: Bool = false
  ) throws -> String {
    guard let text = value.stringValue else { throw wrongKind(field, expected: "a text") }
    guard mayBeEmpty || !text.allSatisfy(\.isWhitespace) else {
      throw FactsError.emptyField(path: path, place: place, field: field)
    }
    return text
  }

  private func missing(_ field: String) -> FactsError {
    .missingField(path: path, place: place, field: field)
  }

  private func wrongKind(_ field: String, expected: String) -> FactsError {
    .wrongKind(path: path, place: place, field: field, expected: expected)
  }
}
