extension EditRecordForm {
  /// zsRE with questions of Natural Questions as locality probes. MEND's files tell the true
  /// `answers` and an `alt` to edit in; MALMEN's and RLEdit's tell the answer to edit in as `ans`.
  ///
  /// A locality question stands there without its question mark and behind the words `nq question: `.
  /// It gets the mark and keeps the words, as in ROME, MEMIT, MALMEN and RLEdit, so that measures of
  /// locality can be set beside theirs.
  static func zsREFact(_ fields: RecordFields) throws -> StatedFact? {
    let isAlternative = !fields.has("ans")
    let name = isAlternative ? "alt" : "ans"
    if try fields.text(name, mayBeEmpty: true).isEmpty { return nil }
    var fact = StatedFact(
      prompt: try fields.text("src"), subject: try fields.optionalSubject(),
      target: try fields.text(name))
    fact.rephrasings = try fields.texts("rephrase")
    if fields.value("loc") != nil || fields.value("loc_ans") != nil {
      let question = try fields.text("loc")
      fact.locality = [
        (question.hasSuffix("?") ? question : question + "?", try fields.text("loc_ans"))
      ]
    }
    if isAlternative { fact.formerTarget = try fields.firstAnswer("answers") }
    fact.identifier = try fields.identifier("case_id") ?? fields.identifier("id")
    return fact
  }
}
