import Editing

/// What `rledit eval` measured.
struct EvaluationReport: Report {
  /// A share with how many answers it is over.
  struct Measure: Encodable {
    let value: Double?
    let count: Int

    init(_ share: Share) {
      value = share.value
      count = share.count
    }

    var wording: String {
      value.map { "\(Quantity.percent($0)) of \(count)" } ?? "nothing to measure on"
    }
  }

  struct Perplexity: Encodable {
    let tokens: Int
    let unedited: Double
    let here: Double
  }

  let revision: String
  let records: Int
  let efficacy: Measure
  let generalisation: Measure
  let specificity: Measure
  let locality: Measure
  let perplexity: Perplexity?

  init(revision: String, records: Int, evaluation: Evaluation, perplexity: Perplexity?) {
    self.revision = revision
    self.records = records
    efficacy = Measure(evaluation.efficacy)
    generalisation = Measure(evaluation.generalization)
    specificity = Measure(evaluation.specificity)
    locality = Measure(evaluation.locality)
    self.perplexity = perplexity
  }

  func print(on terminal: Terminal) throws {
    let lines = [
      ("efficacy", efficacy, "target tokens that are first choice on the edit prompts"),
      ("generalisation", generalisation, "the same on the rephrasings"),
      ("specificity", specificity, "true answers' tokens on the locality prompts"),
      ("locality", locality, "locality answers that are the unedited model's"),
    ]
    try terminal.print(
      "\(Quantity.count(records, "edit record")) at \(revision.prefix(12)):")
    for (name, measure, meaning) in lines {
      let padding = String(repeating: " ", count: 15 - name.count)
      try terminal.print(
        "  \(name)\(padding)\(measure.wording)  \(terminal.styled("(\(meaning))", .faint))")
    }
    if let perplexity {
      let change = perplexity.here / perplexity.unedited - 1
      try terminal.print(
        "  perplexity     \(Quantity.fixed(perplexity.here, 2)) on \(perplexity.tokens) tokens, "
          + "\(Quantity.fixed(perplexity.unedited, 2)) unedited "
          + "(\(change >= 0 ? "+" : "")\(Quantity.percent(change)))")
    }
  }
}
