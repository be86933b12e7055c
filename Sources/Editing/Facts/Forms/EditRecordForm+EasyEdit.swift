import ModelFiles

extension EditRecordForm {
  /// EasyEdit's fields: CounterFact made flat, and KnowEdit, whose probes lie in lists by what they
  /// probe, or there in a list of prompts beside a list of answers. All of those are locality probes,
  /// `Forgetfulness` too. Portability prompts are passed over: they ask for what follows from the edit,
  /// with answers of their own.
  static func easyEditFact(_ fields: RecordFields) throws -> StatedFact? {
    let target = try fields.text("target_new", mayBeEmpty: true)
    if target.isEmpty { return nil }
    var fact = StatedFact(
      prompt: try fields.text("prompt"), subject: try fields.text("subject", mayBeEmpty: true),
      target: try fields.text("target_new"))
    fact.rephrasings = try fields.texts("rephrase_prompt") + fields.texts("rephrase")
    fact.locality = try flatLocality(fields) + groupedLocality(fields)
    fact.formerTarget = try fields.firstAnswer("ground_truth")
    fact.identifier = try fields.identifier("case_id") ?? fields.identifier("id")
    return fact
  }

  /// A passage to be continued by a sentence.
  static func wikiBioFact(_ fields: RecordFields) throws -> StatedFact? {
    let target = try fields.text("labels", mayBeEmpty: true)
    if target.isEmpty { return nil }
    var fact = StatedFact(
      prompt: try fields.text("text"), subject: try fields.text("concept", mayBeEmpty: true),
      target: try fields.text("labels"))
    fact.locality = try groupedLocality(fields)
    return fact
  }

  private static func flatLocality(
    _ fields: RecordFields
  ) throws -> [StatedFact.Probe] {
    let names = (prompt: "locality_prompt", answer: "locality_ground_truth")
    guard fields.value(names.prompt) != nil || fields.value(names.answer) != nil else { return [] }
    return [(try fields.text(names.prompt), try fields.text(names.answer))]
  }

  /// The probes of `locality`, group by group in the order of the file.
  private static func groupedLocality(
    _ fields: RecordFields
  ) throws -> [StatedFact.Probe] {
    guard let locality = fields.value("locality") else { return [] }
    let groups = try fields.fields(
      of: locality, "locality", expected: "an object with lists of probes")
    return try groups.object.members.flatMap { group -> [StatedFact.Probe] in
      switch group.value {
      case .null: return []
      case .array(let probes):
        return try probes.enumerated().compactMap {
          try probe($0.element, "\(group.name)[\($0.offset)]", in: groups)
        }
      default:
        return try parallelProbes(group.value, group.name, in: groups)
          ?? [probe(group.value, group.name, in: groups)].compactMap(\.self)
      }
    }
  }

  /// The probes of an object that has a list of prompts and one of as many answers; `nil` where it has one
  /// prompt, or no list of answers.
  private static func parallelProbes(
    _ value: JSONValue, _ name: String, in groups: RecordFields
  ) throws -> [StatedFact.Probe]? {
    let probes = try groups.fields(
      of: value, name, expected: "an object with prompt and ground_truth")
    guard case .array(let prompts)? = probes.value("prompt"), prompts.count > 1,
      case .array(let answers)? = probes.value("ground_truth"), !answers.isEmpty
    else { return nil }
    guard answers.count == prompts.count else {
      throw probes.wrongKind("ground_truth", expected: "a list of \(prompts.count) answers")
    }
    return try zip(prompts, answers).enumerated().compactMap { index, pair in
      try probes.firstAnswer(in: pair.1, "ground_truth[\(index)]").map {
        (try probes.text(pair.0, "prompt[\(index)]"), $0)
      }
    }
  }

  /// A probe, `nil` where its answer is known to be none: an empty text or list.
  private static func probe(
    _ value: JSONValue, _ name: String, in groups: RecordFields
  ) throws -> StatedFact.Probe? {
    let probe = try groups.fields(
      of: value, name, expected: "an object with prompt and ground_truth")
    guard probe.has("prompt") else { throw probe.missing("prompt") }
    guard probe.has("ground_truth") else { throw probe.missing("ground_truth") }
    guard let prompt = try probe.firstAnswer("prompt") else { throw probe.empty("prompt") }
    return try probe.firstAnswer("ground_truth").map { (prompt, $0) }
  }
}
