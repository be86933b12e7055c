package import LanguageModel
package import ObjectModel

/// A fact to train with: the edit, and what tells how good an edit of it is.
package struct TrainingRecord: Sendable {
  package let edit: RecordSequences
  /// The target after other wordings of the prompt.
  package let rephrasings: [LabelledSequence]
  /// Prompts that should be answered as before, with an answer to look at.
  package let unrelated: [LabelledSequence]

  package init(
    edit: RecordSequences, rephrasings: [LabelledSequence], unrelated: [LabelledSequence]
  ) {
    self.edit = edit
    self.rephrasings = rephrasings
    self.unrelated = unrelated
  }

  /// - Throws: ``EditingError/emptyPrompt(_:)`` and ``EditingError/emptyTarget(prompt:)``.
  package init(
    _ record: EditRecord, contexts: [String] = [], encoding: TextEncoding
  ) throws {
    self.init(
      edit: RecordSequences(try TokenizedEdit(record, contexts: contexts, encoding: encoding)),
      rephrasings: try record.rephrasings.map {
        try TokenizedEdit(
          prompt: $0, target: record.target, encoding: encoding
        ).sequence
      },
      unrelated: try record.locality.map {
        try TokenizedEdit(prompt: $0.prompt, target: $0.target, encoding: encoding).sequence
      })
  }
}
