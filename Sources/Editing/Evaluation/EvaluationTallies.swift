/// What all measures say, record after record.
struct EvaluationTallies {
  private struct Answers {
    var efficacy = Tally()
    var generalization = Tally()
    var specificity = Tally()
    var locality = Tally()

    var measured: Evaluation.Answers {
      Evaluation.Answers(
        efficacy: efficacy.measurement, generalization: generalization.measurement,
        specificity: specificity.measurement, locality: locality.measurement)
    }
  }

  private var teacherForced = Answers()
  private var generated = Answers()
  private var success = Tally()
  private var paraphraseSuccess = Tally()
  private var neighborhoodSuccess = Tally()
  private var efficacies: [Double] = []
  private var exactMatches: [Double] = []

  /// - Parameters:
  ///   - accuracy: of a question's answer, between 0 and 1.
  ///   - isUnedited: whether the choices are all those of the unedited model.
  mutating func addTeacherForced(
    _ record: RecordQuestions, accuracy: (Int) -> Double, isUnedited: (Int) -> Bool
  ) {
    efficacies.append(accuracy(record.edit))
    teacherForced.efficacy.add([accuracy(record.edit)])
    teacherForced.generalization.add(record.rephrasings.map(accuracy))
    teacherForced.specificity.add(record.probes.map(accuracy))
    teacherForced.locality.add(record.probes.map { isUnedited($0) ? 1 : 0 })
  }

  /// - Parameters:
  ///   - isAnswer: whether the model, going on freely, says the question's answer.
  ///   - isSaid: whether it says the tokens of the question's answer.
  mutating func addGenerated(
    _ record: RecordQuestions, isAnswer: (Int) -> Bool, isSaid: (Int) -> Bool
  ) {
    exactMatches.append(isAnswer(record.edit) ? 1 : 0)
    generated.efficacy.add([isAnswer(record.edit) ? 1 : 0])
    generated.generalization.add(record.rephrasings.map { isAnswer($0) ? 1 : 0 })
    generated.specificity.add(record.probes.map { isAnswer($0) ? 1 : 0 })
    generated.locality.add(record.saidOnProbes.map { isSaid($0) ? 1 : 0 })
  }

  /// - Parameter loss: the mean negative log-probability of a question's answer.
  mutating func addProbability(_ record: RecordQuestions, loss: (Int) -> Double) {
    guard let former = record.former else { return }
    success.add([loss(record.edit) < loss(former) ? 1 : 0])
    paraphraseSuccess.add(
      zip(record.rephrasings, record.formerOnRephrasings).map { loss($0) < loss($1) ? 1 : 0 })
    neighborhoodSuccess.add(
      zip(record.probes, record.targetOnProbes).map { loss($0) < loss($1) ? 1 : 0 })
  }

  func evaluation(records: Int, measures: EvaluationMeasures) -> Evaluation {
    var evaluation = Evaluation()
    evaluation.records = records
    evaluation.teacherForced = teacherForced.measured
    if measures.contains(.generation) { evaluation.generated = generated.measured }
    if measures.contains(.probability) {
      evaluation.probability = Evaluation.Probability(
        success: success.measurement, paraphraseSuccess: paraphraseSuccess.measurement,
        neighborhoodSuccess: neighborhoodSuccess.measurement)
    }
    evaluation.efficacies = efficacies
    evaluation.exactMatches = exactMatches
    return evaluation
  }
}
