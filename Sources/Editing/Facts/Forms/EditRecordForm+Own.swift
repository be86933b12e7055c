import ModelFiles

extension EditRecordForm {
  static func ownFact(_ fields: RecordFields) throws -> StatedFact {
    var fact = StatedFact(
      prompt: try fields.text("prompt"),
      // Asked for, though it may be empty: leaving it out is more often a slip.
      subject: try fields.text("subject", mayBeEmpty: true), target: try fields.text("target"))
    fact.rephrasings = try fields.texts("rephrase")
    fact.locality = try ownLocality(fields)
    fact.formerTarget = try fields.optionalText("ground_truth")
    fact.identifier = try fields.identifier("id") ?? fields.identifier("case_id")
    fact.relation = try fields.optionalText("relation")
    return fact
  }

  /// One probe or a list of them.
  private static func ownLocality(
    _ fields: RecordFields
  ) throws -> [StatedFact.Probe] {
    func probe(_ value: JSONValue, _ name: String) throws -> StatedFact.Probe {
      let probe = try fields.fields(of: value, name, expected: "an object with prompt and target")
      return (try probe.text("prompt"), try probe.text("target"))
    }
    switch fields.value("locality") {
    case nil: return []
    case .array(let probes)?:
      return try probes.enumerated().map { try probe($0.element, "locality[\($0.offset)]") }
    case let single?: return [try probe(single, "locality")]
    }
  }
}
