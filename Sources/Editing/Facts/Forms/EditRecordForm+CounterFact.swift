import ModelFiles

extension EditRecordForm {
  /// CounterFact as Meng et al. (2022) published it. A neighbourhood prompt is answered by the edited
  /// fact's own former answer: its subject shares that answer. Attribute and generation prompts are
  /// passed over.
  static func counterFactFact(_ fields: RecordFields) throws -> StatedFact {
    let rewrite = try fields.fields("requested_rewrite")
    let template = try rewrite.text("prompt")
    let subject = try rewrite.text("subject")
    let parts = template.split(separator: "{}", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw rewrite.wrongKind("prompt", expected: "a text with one {} in the subject's place")
    }
    var fact = StatedFact(
      prompt: parts.joined(separator: subject), subject: subject,
      target: try rewrite.fields("target_new").text("str"))
    if rewrite.value("target_true") != nil {
      fact.formerTarget = try rewrite.fields("target_true").text("str")
    }
    fact.rephrasings = try fields.texts("paraphrase_prompts")
    fact.locality = try neighborhood(fields, answer: fact.formerTarget, of: rewrite)
    fact.identifier = try fields.identifier("case_id")
    fact.relation = try rewrite.optionalText("relation_id")
    return fact
  }

  /// Texts, or objects that bring their own answer, as ROME's reading of zsRE makes them.
  private static func neighborhood(
    _ fields: RecordFields, answer: String?, of rewrite: RecordFields
  ) throws -> [StatedFact.Probe] {
    let name = "neighborhood_prompts"
    guard let value = fields.value(name) else { return [] }
    guard let prompts = value.arrayValue else {
      throw fields.wrongKind(name, expected: "a list of texts")
    }
    return try prompts.enumerated().map { index, prompt in
      if prompt.objectValue != nil {
        let probe = try fields.fields(of: prompt, "\(name)[\(index)]")
        return (try probe.text("prompt"), try probe.text("target"))
      }
      let text = try fields.text(prompt, "\(name)[\(index)]")
      guard let answer else { throw rewrite.missing("target_true") }
      return (text, answer)
    }
  }
}
