import ModelFiles

/// A model's `config.json` as it goes with exported weights.
enum ExportedConfiguration {
  /// Both names of the element type: newer versions of transformers write `dtype`, all read
  /// `torch_dtype`.
  private static let keys = ["torch_dtype", "dtype"]

  /// The text with the element type set to `precision`. A text that says so already stays as it is,
  /// byte for byte.
  ///
  /// - Throws: ``ModelFiles/ModelFileError`` where `text` is not a JSON object.
  static func text(_ text: [UInt8], precision: ExportPrecision) throws -> [UInt8] {
    let path = HuggingFaceFile.configuration
    guard let object = try JSONValue.parse(text, path: path).objectValue else {
      throw ModelFileError.invalidValue(
        path: path, key: "", fault: .wrongKind(expected: "object"))
    }
    let wanted = JSONValue.string(precision.configurationName)
    let present = object.members.filter { keys.contains($0.name) }
    if !present.isEmpty, present.allSatisfy({ $0.value == wanted }) { return text }
    var members = object.members.map { member in
      keys.contains(member.name) ? JSONObject.Member(member.name, wanted) : member
    }
    if present.isEmpty { members.append(.init(keys[0], wanted)) }
    return Array((JSONValue.object(JSONObject(members)).text(indented: true) + "\n").utf8)
  }
}
