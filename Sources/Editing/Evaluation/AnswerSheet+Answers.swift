import Algorithms
package import LanguageModel
import Tensors

extension AnswerSheet {
  /// How many rows of logits are made at once.
  private static let logitRows = 256

  /// What the model says at the wanted positions of a run.
  private struct Reading {
    let choices: [Int]
    /// The negative log-probability of each wanted token.
    let losses: [[Int: Double]]
  }

  /// Puts questions to a model.
  ///
  /// - Parameters:
  ///   - numbers: which questions, in any order.
  ///   - progress: told how many of the sequences that these questions need have run.
  /// - Returns: one run for each of `numbers`, in their order.
  /// - Throws: `LanguageModelError`, `CancellationError`.
  /// - Complexity: one pass over the sequences through the layers from the first edited one on.
  package func answers(
    to numbers: [Int], by decoder: Decoder,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [AnswerRun] {
    var results = [AnswerRun](repeating: AnswerRun(), count: numbers.count)
    var askers = [[Int]](repeating: [], count: runs.count)
    for (slot, number) in numbers.enumerated() { askers[places[number].run].append(slot) }
    let needed = runs.indices.filter { !askers[$0].isEmpty }
    var done = 0
    // Runs whose stream is kept start at another layer than those without.
    for group in [
      needed.filter { runs[$0].stream != nil }, needed.filter { runs[$0].stream == nil },
    ] {
      let lengths = group.map { runs[$0].tokens.count }
      for part in Decoder.batches(of: lengths, rowLimit: Self.rowLimit) {
        try Task.checkCancellation()
        let batch = Array(group[part])
        for (run, reading) in zip(batch, try read(batch, decoder)) {
          for slot in askers[run] { results[slot] = answer(numbers[slot], from: reading) }
        }
        done += batch.count
        progress(done, needed.count)
      }
    }
    return results
  }

  private func answer(_ number: Int, from reading: Reading) -> AnswerRun {
    let places = places[number].choices
    return AnswerRun(
      choices: Array(reading.choices[places]),
      losses: zip(places, questions[number].answer).map { reading.losses[$0][$1] ?? .nan })
  }

  private func read(_ numbers: [Int], _ decoder: Decoder) throws -> [Reading] {
    let batch = TokenBatch(numbers.map { runs[$0].tokens })
    let streams = numbers.compactMap { runs[$0].stream }
    let rows = zip(batch.starts, numbers).flatMap { start, number in
      runs[number].positions.map { start + $0 }
    }
    let hidden =
      if streams.count == numbers.count, let columns = streams.first?.columns {
        try decoder.forward(
          batch, from: firstEditedLayer,
          input: Matrix(
            rows: batch.tokens.count, columns: columns, elements: streams.flatMap(\.elements)),
          rows: rows
        ).hidden
      } else {
        try decoder.forward(batch, rows: rows).hidden
      }
    let targets = numbers.flatMap { runs[$0].targets }
    var (choices, losses): ([Int], [[Int: Double]]) = ([], [])
    for block in rows.indices.chunks(ofCount: Self.logitRows) {
      let logits = try decoder.logits(of: hidden, rows: Array(block))
      choices += decoder.compute.largest(logits)
      for (row, sum) in decoder.compute.logSumExp(logits).enumerated() {
        var known: [Int: Double] = [:]
        for token in targets[block.lowerBound + row] {
          known[token] = sum - Double(logits[row, token])
        }
        losses.append(known)
      }
    }
    var next = 0
    return numbers.map { number in
      let range = next..<next + runs[number].positions.count
      next = range.upperBound
      return Reading(choices: Array(choices[range]), losses: Array(losses[range]))
    }
  }
}
