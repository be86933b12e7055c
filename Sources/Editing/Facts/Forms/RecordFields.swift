import ModelFiles

/// The fields of a record's JSON object, or of an object in it, taken by name. Every error tells the
/// record's place and the field's path in it, as in `locality.Forgetfulness[0].prompt`.
///
/// An optional field that is `null` is as good as left out.
struct RecordFields {
  let object: JSONObject
  let path: String
  let place: FactsPlace
  /// What stands before a name in a field's path.
  var prefix = ""

  /// Whether the object has the field, if only as `null`.
  func has(_ name: String) -> Bool { object[name] != nil }

  /// The field's value, `nil` where it is absent or `null`.
  func value(_ name: String) -> JSONValue? {
    object[name].flatMap { $0.isNull ? nil : $0 }
  }

  /// A text that must be there.
  func text(_ name: String, mayBeEmpty: Bool = false) throws -> String {
    guard let value = object[name] else { throw missing(name) }
    return try text(value, name, mayBeEmpty: mayBeEmpty)
  }

  func optionalText(_ name: String) throws -> String? {
    try value(name).map { try text($0, name) }
  }

  /// A subject: editors may not need it, so that an empty one will do, and so will none where the
  /// form has none.
  func optionalSubject(_ name: String = "subject") throws -> String {
    try value(name).map { try text($0, name, mayBeEmpty: true) } ?? ""
  }

  /// One text or a list of them; none where the field is left out.
  func texts(_ name: String) throws -> [String] {
    switch value(name) {
    case nil: return []
    case .string?: return [try text(name)]
    case .array(let elements)?:
      return try elements.enumerated().map { try text($0.element, "\(name)[\($0.offset)]") }
    default: throw wrongKind(name, expected: "a text or a list of texts")
    }
  }

  /// The first answer of a field that holds one, or a list of them, or a list of lists of spellings:
  /// published files have all three. `nil` where it holds none but empty ones, or is left out.
  func firstAnswer(_ name: String) throws -> String? {
    try value(name).flatMap { try firstAnswer(in: $0, name) }
  }

  /// The same of a value that stands in this object under that name or path.
  func firstAnswer(in value: JSONValue, _ name: String) throws -> String? {
    switch value {
    case .null: return nil
    case .string(let text): return text.allSatisfy(\.isWhitespace) ? nil : text
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        if let answer = try firstAnswer(in: element, "\(name)[\(index)]") { return answer }
      }
      return nil
    default: throw wrongKind(name, expected: "a text or a list of texts")
    }
  }

  /// A text or an integer, as text.
  func identifier(_ name: String) throws -> String? {
    switch value(name) {
    case nil: return nil
    case .integer(let number)?: return String(number)
    case .unsignedInteger(let number)?: return String(number)
    case .string(let text)?: return text
    default: throw wrongKind(name, expected: "a text or an integer")
    }
  }

  /// The fields of an object that must be there.
  func fields(_ name: String, expected: String = "an object") throws -> RecordFields {
    guard let value = object[name] else { throw missing(name) }
    return try fields(of: value, name, expected: expected)
  }

  /// The fields of a value that stands in this object under that name or path.
  func fields(
    of value: JSONValue, _ name: String, expected: String = "an object"
  ) throws -> RecordFields {
    guard let object = value.objectValue else { throw wrongKind(name, expected: expected) }
    return RecordFields(object: object, path: path, place: place, prefix: "\(prefix)\(name).")
  }

  func text(_ value: JSONValue, _ name: String, mayBeEmpty: Bool = false) throws -> String {
    guard let text = value.stringValue else { throw wrongKind(name, expected: "a text") }
    guard mayBeEmpty || !text.allSatisfy(\.isWhitespace) else { throw empty(name) }
    return text
  }

  func missing(_ name: String) -> FactsError {
    .missingField(path: path, place: place, field: prefix + name)
  }

  func empty(_ name: String) -> FactsError {
    .emptyField(path: path, place: place, field: prefix + name)
  }

  func wrongKind(_ name: String, expected: String) -> FactsError {
    .wrongKind(path: path, place: place, field: prefix + name, expected: expected)
  }
}
