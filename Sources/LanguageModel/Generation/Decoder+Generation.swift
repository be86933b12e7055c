package import Tensors

/// Continues prompts token by token: with the most probable one, or by another choice.
///
/// A position's results do not depend on what is computed beside it, so cached steps over many
/// sequences at once give the very bits of a full pass over one.
extension Decoder {
  /// Continues one prompt.
  ///
  /// - Parameters:
  ///   - limit: the most tokens to produce.
  ///   - stop: whether generation ends before a token.
  /// - Throws: as ``generate(after:limits:rowLimit:stop:choosing:)``.
  /// - Complexity: O(limit) passes over one token each, after one over the prompt.
  package func generate(
    after prompt: [Int], limit: Int, stop: (Int) -> Bool = { _ in false }
  ) throws -> [Int] {
    try generate(after: [prompt], limits: [limit]) { stop($1) }.first ?? []
  }

  /// Continues many prompts of any lengths side by side. A sequence that ends leaves the others at
  /// it, which costs nothing further.
  ///
  /// - Parameters:
  ///   - limits: for each prompt, the most tokens to produce.
  ///   - rowLimit: about how many tokens of prompts run at once; so many sequences are kept.
  ///   - stop: whether the sequence of that number ends before a token. Asked once for every token,
  ///     in the order in which a sequence produces them.
  ///   - choose: a token for each row of logits, given the numbers of the sequences whose rows they are, which
  ///     ascend. The most probable where nothing else is said.
  /// - Returns: for each prompt, the tokens produced. Where a prompt fills all the model's positions
  ///   with what was produced after it, its sequence ends there.
  /// - Throws: as ``check(_:)``; `CancellationError`, seen between steps.
  /// - Complexity: for every `rowLimit` rows of prompts, one pass over them, and then one for every
  ///   further token of the longest continuation, over a row for each sequence that goes on.
  package func generate(
    after prompts: [[Int]], limits: [Int], rowLimit: Int = 1024,
    stop: (_ sequence: Int, _ token: Int) -> Bool = { _, _ in false },
    choosing choose: (_ sequences: [Int], _ logits: Matrix, _ compute: Compute) -> [Int] = {
      $2.largest($1)
    }
  ) throws -> [[Int]] {
    precondition(prompts.count == limits.count, "one limit a prompt")
    try check(TokenBatch(prompts))
    var produced = [[Int]](repeating: [], count: prompts.count)
    for part in Self.batches(of: prompts.map(\.count), rowLimit: rowLimit) {
      let open = part.filter { limits[$0] > 0 }
      let longest = open.map { prompts[$0].count + limits[$0] }.max() ?? 0
      var growing = try GrowingSequences(
        open.map { (number: $0, tokens: prompts[$0]) }, decoder: self,
        positions: min(longest, shape.maximumPositions))
      while !growing.isEmpty {
        try Task.checkCancellation()
        try growing.advance(
          choosing: { choose($0, $1, compute) },
          growingWhile: { sequence, token in
            guard !stop(sequence, token) else { return false }
            produced[sequence].append(token)
            return produced[sequence].count < limits[sequence]
          })
      }
    }
    return produced
  }
}
