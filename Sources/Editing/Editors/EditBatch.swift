import LanguageModel

/// The edits of one batch, ready to be scored.
struct EditBatch {
  /// Target tokens of one batch at most, of every method.
  static let rowLimit = RLEdit.rowLimit

  let edits: [TokenizedEdit]
  let labelled: LabelledBatch

  /// - Throws: ``EditingError/emptyBatch`` and ``EditingError/batchTooLarge(targetTokens:limit:)``.
  init(_ edits: [TokenizedEdit]) throws {
    guard !edits.isEmpty else { throw EditingError.emptyBatch }
    self.edits = edits
    labelled = LabelledBatch(answers: edits.map { ($0.prompt, $0.target) })
    guard labelled.rows.count <= Self.rowLimit else {
      throw EditingError.batchTooLarge(
        targetTokens: labelled.rows.count, limit: Self.rowLimit)
    }
  }
}

extension ScoredPass {
  /// Whether every target token is the first choice and their mean loss at most `loss`.
  func isDone(at loss: Double) -> Bool {
    predicted.allSatisfy(\.self) && meanLoss <= loss
  }

  /// Refuses a loss that is not finite.
  ///
  /// - Throws: ``EditingError/diverged(steps:)``.
  func checkFinite(steps: Int) throws {
    guard meanLoss.isFinite else { throw EditingError.diverged(steps: steps) }
  }
}
