import ModelFiles

extension EditRecordForm {
  /// FEVER as MALMEN and RLEdit have it: a claim, and `SUPPORTS` or `REFUTES` as the answer to it.
  static func feverFact(_ fields: RecordFields) throws -> StatedFact? {
    if try fields.text("alt", mayBeEmpty: true).isEmpty { return nil }
    var fact = StatedFact(
      prompt: try fields.text("prompt"), subject: try fields.optionalSubject(),
      target: try fields.text("alt"))
    fact.rephrasings = try fields.texts("equiv_prompt")
    if fields.value("unrel_prompt") != nil || fields.value("unrel_ans") != nil {
      fact.locality = [(try fields.text("unrel_prompt"), try fields.text("unrel_ans"))]
    }
    fact.identifier = try fields.identifier("id")
    return fact
  }

  /// FEVER and zsRE as MEND has them, in KILT's form with a model's prediction, alternatives to it
  /// and rephrasings added. The first alternative is edited in; the former answer is the first that
  /// the data set gives or, where that is what is edited in, as of a claim that the model got wrong, the
  /// model's prediction. The rephrasings may have the input among them, which MEND takes out, too. There are
  /// no locality probes: MEND draws them from the other records.
  static func kiltFact(_ fields: RecordFields) throws -> StatedFact? {
    guard fields.has("alternatives") else { throw fields.missing("alternatives") }
    guard let target = try fields.texts("alternatives").first else { return nil }
    var fact = StatedFact(
      prompt: try fields.text("input"), subject: try fields.optionalSubject(), target: target)
    fact.rephrasings = try fields.texts("filtered_rephrases").filter { $0 != fact.prompt }
    let answer = try kiltAnswer(fields)
    fact.formerTarget =
      answer == target
      ? try fields.firstAnswer("prediction").flatMap { $0 == target ? nil : $0 } : answer
    fact.identifier = try fields.identifier("id")
    return fact
  }

  /// The first of KILT's outputs that is an answer: others tell only where one is found.
  private static func kiltAnswer(_ fields: RecordFields) throws -> String? {
    guard let value = fields.value("output") else { return nil }
    guard let outputs = value.arrayValue else {
      throw fields.wrongKind("output", expected: "a list of objects")
    }
    for (index, output) in outputs.enumerated() {
      if let answer = try fields.fields(of: output, "output[\(index)]").optionalText("answer") {
        return answer
      }
    }
    return nil
  }
}
