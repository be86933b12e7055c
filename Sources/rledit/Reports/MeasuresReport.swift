import Editing

/// All measures at one revision, as `eval` and `curve` report them.
struct MeasuresReport: Encodable {
  /// A value with how many answers it is over and its 95 % confidence interval.
  struct Measure: Encodable {
    let value: Double?
    let count: Int
    let low: Double?
    let high: Double?

    init(_ measurement: MeasuredMean) {
      value = measurement.value
      count = measurement.count
      low = measurement.interval?.lowerBound
      high = measurement.interval?.upperBound
    }
  }

  /// The four measures of free answers.
  struct Answers: Encodable {
    let efficacy: Measure
    let generalisation: Measure
    let specificity: Measure
    let locality: Measure

    init(_ answers: Evaluation.Answers) {
      efficacy = Measure(answers.efficacy)
      generalisation = Measure(answers.generalization)
      specificity = Measure(answers.specificity)
      locality = Measure(answers.locality)
    }
  }

  struct Probability: Encodable {
    let success: Measure
    let paraphraseSuccess: Measure
    let neighbourhoodSuccess: Measure

    init(_ probability: Evaluation.Probability) {
      success = Measure(probability.success)
      paraphraseSuccess = Measure(probability.paraphraseSuccess)
      neighbourhoodSuccess = Measure(probability.neighborhoodSuccess)
    }
  }

  /// Edits of about the same age.
  struct Retention: Encodable {
    /// Commits of edits that came after, at least and at most.
    let youngest: Int
    let oldest: Int
    let efficacy: Measure
    let exactMatch: Measure?

    init(_ ageClass: AgeClass) {
      youngest = ageClass.youngest
      oldest = ageClass.oldest
      efficacy = Measure(ageClass.efficacy)
      exactMatch = ageClass.exactMatch.map(Measure.init)
    }
  }

  struct Perplexity: Encodable {
    /// Of the text, and those of them that are scored.
    let tokens: Int
    let scored: Int
    let unedited: Double
    let here: Double
    let low: Double
    let high: Double
    /// To the unedited model's.
    let ratio: Double
    let ratioLow: Double
    let ratioHigh: Double

    init(_ score: TextPerplexity.Score, unedited: TextPerplexity.Score) {
      tokens = score.tokens
      scored = score.count
      self.unedited = unedited.value
      here = score.value
      low = score.interval.lowerBound
      high = score.interval.upperBound
      ratio = score.ratio
      ratioLow = score.ratioInterval.lowerBound
      ratioHigh = score.ratioInterval.upperBound
    }
  }

  let records: Int
  /// Active edits that are not measured, since a later one of the same fact has taken their place; `nil`
  /// for the records of a file.
  let replaced: Int?
  /// Teacher-forced.
  let efficacy: Measure
  let generalisation: Measure
  let specificity: Measure
  let locality: Measure
  /// Free generation, judged by exact match.
  let generation: Answers?
  let probability: Probability?
  let retention: [Retention]?
  let perplexity: Perplexity?

  init(
    _ evaluation: Evaluation, ages: [Int]? = nil, replaced: Int? = nil,
    perplexity: Perplexity? = nil
  ) {
    records = evaluation.records
    self.replaced = replaced
    efficacy = Measure(evaluation.teacherForced.efficacy)
    generalisation = Measure(evaluation.teacherForced.generalization)
    specificity = Measure(evaluation.teacherForced.specificity)
    locality = Measure(evaluation.teacherForced.locality)
    generation = evaluation.generated.map(Answers.init)
    probability = evaluation.probability.map(Probability.init)
    retention = ages.map { AgeClass.classes(of: evaluation, ages: $0).map(Retention.init) }
    self.perplexity = perplexity
  }
}

extension MeasuresReport.Retention {
  /// The ages: `0`, `2–3`.
  var ages: String { youngest == oldest ? "\(youngest)" : "\(youngest)–\(oldest)" }
}
