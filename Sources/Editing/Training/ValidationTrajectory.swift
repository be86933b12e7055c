import Algorithms
package import LanguageModel
package import ModelStore
package import ObjectModel

/// Records that a hypernetwork is judged on while it is trained: edited batch after batch with the
/// network as it stands, and measured at the end.
package struct ValidationTrajectory: Sendable {
  private let batches: [[TokenizedEdit]]
  private let records: [TrainingRecord]
  /// The first choices on unrelated prompts at the weights that every trajectory begins at.
  private let unedited: [[Int]]

  /// - Throws: ``EditingError/emptyPrompt(_:)``, ``EditingError/emptyTarget(prompt:)`` and the errors of
  ///   the model.
  package init(
    _ records: [EditRecord], batchSize: Int, contexts: [String], encoding: TextEncoding,
    decoder: Decoder, start: EditedWeights
  ) throws {
    let edits = try records.map {
      try TokenizedEdit($0, contexts: contexts, encoding: encoding)
    }
    batches = edits.chunks(ofCount: batchSize).map { Array($0) }
    self.records = try records.map {
      try TrainingRecord($0, contexts: contexts, encoding: encoding)
    }
    unedited = try Self.scores(
      self.records.flatMap(\.unrelated), decoder.over(start)
    ).map(\.choices)
  }

  /// The mean of efficacy, generalisation and locality after all edits, as `rledit eval` measures them; of
  /// those that the records have prompts for.
  ///
  /// - Parameter progress: told how many of how many batches are edited, from none on.
  func score(
    _ trained: RLEdit.Trained, editor: RLEdit, decoder: Decoder, start: EditedWeights,
    progress: (_ done: Int, _ of: Int) -> Void
  ) throws -> Double {
    let editor = editor.with(trained)
    var (weights, state) = (start, EditingState())
    progress(0, batches.count)
    for (number, batch) in zip(1..., batches) {
      let outcome = try editor.edit(batch, decoder: decoder, weights: weights, state: state)
      weights = outcome.weights
      if !outcome.updates.isEmpty {
        state.merge(outcome.contribution)
      }
      progress(number, batches.count)
    }
    let model = decoder.over(weights)
    let prompts = batches.joined().map(\.sequence)
    let rephrasings = records.flatMap(\.rephrasings)
    var measures = [try Self.accuracy(prompts, model)]
    if !rephrasings.isEmpty { measures.append(try Self.accuracy(rephrasings, model)) }
    if !unedited.isEmpty {
      let choices = try Self.scores(records.flatMap(\.unrelated), model).map(\.choices)
      let kept = zip(choices, unedited).count { $0 == $1 }
      measures.append(Double(kept) / Double(unedited.count))
    }
    return measures.reduce(0, +) / Double(measures.count)
  }

  private static func accuracy(_ sequences: [LabelledSequence], _ model: Decoder) throws -> Double {
    let total = zip(sequences, try scores(sequences, model)).reduce(0.0) { sum, pair in
      let answer = pair.0.labels.compactMap(\.self)
      return sum + Double(pair.1.matches(answer)) / Double(max(1, answer.count))
    }
    return total / Double(max(1, sequences.count))
  }

  private static func scores(
    _ sequences: [LabelledSequence], _ model: Decoder
  ) throws -> [AnswerScore] {
    try model.score(
      sequences.map { sequence in
        let answer = sequence.labels.compactMap(\.self)
        return (
          Array(sequence.tokens.prefix(sequence.tokens.count - answer.count + 1)), answer
        )
      })
  }
}
