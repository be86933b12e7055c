/// How well edits hold at some weights, and what they disturbed.
package struct Evaluation: Sendable, Equatable {
  /// The four measures that are taken both by teacher forcing and by free generation.
  package struct Answers: Sendable, Equatable {
    /// Targets on the edit prompts.
    package var efficacy = MeasuredMean()
    /// Targets on the rephrasings.
    package var generalization = MeasuredMean()
    /// True answers on the locality prompts.
    package var specificity = MeasuredMean()
    /// Locality prompts on which the model says what the unedited one says.
    package var locality = MeasuredMean()
  }

  /// CounterFact's measure (Meng et al. 2022): which of two answers is the more probable, by the mean
  /// log-probability of their tokens. Over records whose former answer is known.
  package struct Probability: Sendable, Equatable {
    /// The target above the former answer on the edit prompts.
    package var success = MeasuredMean()
    /// The same on the rephrasings.
    package var paraphraseSuccess = MeasuredMean()
    /// The true answer above the target on the locality prompts.
    package var neighborhoodSuccess = MeasuredMean()
  }

  /// Records measured.
  package var records = 0
  /// The share of an answer's tokens that are the first choice, given the true tokens before them;
  /// for locality, whether all first choices are the unedited model's.
  package var teacherForced = Answers()
  /// Whether the model, going on freely from the prompt, says the answer; for locality, whether it
  /// says the tokens that the unedited model says. `nil` where it was not asked for.
  package var generated: Answers?
  /// `nil` where it was not asked for.
  package var probability: Probability?
  /// Each record's own part of the teacher-forced efficacy, and of the generated one.
  package var efficacies: [Double] = []
  package var exactMatches: [Double] = []

  /// Of nothing.
  package init() {}
}

/// What is measured beside teacher-forced answers.
package struct EvaluationMeasures: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Free generation, judged by exact match.
  package static let generation = EvaluationMeasures(rawValue: 1)
  /// The probability measure.
  package static let probability = EvaluationMeasures(rawValue: 2)
}
