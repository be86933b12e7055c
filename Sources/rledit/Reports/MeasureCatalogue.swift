import Editing

/// One of the measures, with its name wherever it is shown.
struct NamedMeasure: Sendable {
  typealias Measure = MeasuresReport.Measure

  /// As people read it.
  let label: String
  /// As a column of a table for programs.
  let column: String
  let meaning: String
  /// `nil` where it was not asked for.
  let value: @Sendable (MeasuresReport) -> Measure?
}

/// Measures that are taken in the same way.
struct MeasureGroup: Sendable {
  let title: String
  /// What has to be asked for; nothing for what is always measured.
  let needs: EvaluationMeasures
  let measures: [NamedMeasure]

  /// All measures but those by age, in the order in which they are shown.
  static let all: [MeasureGroup] = [
    MeasureGroup(
      title: "teacher-forced accuracy", needs: [],
      measures: [
        NamedMeasure(
          label: "efficacy", column: "efficacy", meaning: "targets on the edit prompts"
        ) { $0.efficacy },
        NamedMeasure(
          label: "generalisation", column: "generalisation", meaning: "targets on the rephrasings"
        ) { $0.generalisation },
        NamedMeasure(
          label: "specificity", column: "specificity",
          meaning: "true answers on the locality prompts"
        ) { $0.specificity },
        NamedMeasure(
          label: "locality", column: "locality", meaning: "there, what the unedited model chooses"
        ) { $0.locality },
      ]),
    MeasureGroup(
      title: "free generation, exact match", needs: .generation,
      measures: [
        NamedMeasure(
          label: "efficacy", column: "generation_efficacy", meaning: "targets on the edit prompts"
        ) { $0.generation?.efficacy },
        NamedMeasure(
          label: "generalisation", column: "generation_generalisation",
          meaning: "targets on the rephrasings"
        ) { $0.generation?.generalisation },
        NamedMeasure(
          label: "specificity", column: "generation_specificity",
          meaning: "true answers on the locality prompts"
        ) { $0.generation?.specificity },
        NamedMeasure(
          label: "locality", column: "generation_locality",
          meaning: "there, what the unedited model says"
        ) { $0.generation?.locality },
      ]),
    MeasureGroup(
      title: "probability measure", needs: .probability,
      measures: [
        NamedMeasure(
          label: "success", column: "probability_success",
          meaning: "target above former answer on the edit prompts"
        ) { $0.probability?.success },
        NamedMeasure(
          label: "paraphrase success", column: "probability_paraphrase_success",
          meaning: "the same on the rephrasings"
        ) { $0.probability?.paraphraseSuccess },
        NamedMeasure(
          label: "neighbourhood success", column: "probability_neighbourhood_success",
          meaning: "true answer above target on the locality prompts"
        ) { $0.probability?.neighbourhoodSuccess },
      ]),
  ]
}
