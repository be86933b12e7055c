package import LanguageModel

/// Looking at the facts of earlier edits along a run, so that those that later ones have undone are edited
/// again.
///
/// Where the keys of edits outnumber what a matrix's inputs can tell apart, no solver keeps all of them:
/// a batch undoes a few of the facts before it. What is found lost is edited once more, as the repetition of
/// items in learning (Robins 1995), but for those alone that need it.
package struct Rehearsal: Sendable {
  /// About how many facts are looked at after each batch.
  package let count: Int

  /// - Parameter count: at least 1.
  package init(count: Int) { self.count = max(1, count) }

  /// Which of the facts of a chain are looked at in one of its turns: every *n*-th, beginning one further each
  /// turn. So *n* turns look at all of them, every turn at old and new ones alike, and nothing has to be
  /// remembered but the chain.
  ///
  /// - Returns: numbers below `facts`, ascending; at most ``count``.
  package func visited(among facts: Int, turn: Int) -> [Int] {
    let spacing = max(1, (facts + count - 1) / count)
    return Array(stride(from: turn % spacing, to: facts, by: spacing))
  }

  /// The edits that do not hold: some token of the target is not the first choice.
  ///
  /// - Returns: their places in `edits`, ascending.
  /// - Throws: `LanguageModelError`, `CancellationError`.
  /// - Complexity: one pass over all prompts and targets.
  package func lost(of edits: [TokenizedEdit], by decoder: Decoder) throws -> [Int] {
    let scores = try decoder.score(edits.map { ($0.prompt, $0.target) })
    return edits.indices.filter { scores[$0].matches(edits[$0].target) < edits[$0].target.count }
  }
}
