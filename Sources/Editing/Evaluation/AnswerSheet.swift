package import LanguageModel
import Tensors

/// A prompt and an answer to it, in tokens.
package struct Question: Hashable, Sendable {
  package let prompt: [Int]
  package let answer: [Int]

  package init(prompt: [Int], answer: [Int]) {
    self.prompt = prompt
    self.answer = answer
  }
}

/// How a model does on a question, each token given the prompt and the answer's tokens before it.
package struct AnswerRun: Sendable, Equatable {
  /// The first choice at every place of the answer, and after it where the sheet looks beyond.
  package var choices: [Int] = []
  /// The negative log-probability of every token of the answer.
  package var losses: [Double] = []
}

/// Questions that are put to one model at many weights.
///
/// Two things are done once for all weights. A sequence that is the beginning of another one runs as
/// a part of it, since a position does not depend on what comes behind it: the two answers of a
/// record mostly need a single run. And layers below the first edited one are the same at all
/// weights, so what they make of each sequence is kept.
package struct AnswerSheet: Sendable {
  /// A sequence to run.
  struct Run {
    let tokens: [Int]
    /// The positions whose logits are wanted, ascending.
    var positions: [Int] = []
    /// For each of the positions, the tokens whose log-probabilities are wanted.
    var targets: [[Int]] = []
    /// What reaches the first layer that may differ, `tokens×H`, or `nil` where it is not kept.
    var stream: Matrix?
  }

  /// Where a question is answered.
  struct Place {
    var run = 0
    /// Among the run's wanted positions, which follow one another for a question.
    var choices = 0..<0
  }

  /// About how many tokens run at once.
  static let rowLimit = 1024
  /// What all kept streams together may take.
  private static let streamBytes = 1 << 29

  let questions: [Question]
  let firstEditedLayer: Int
  private(set) var runs: [Run] = []
  private(set) var places: [Place]

  /// Reads the questions up to the first layer that may differ.
  ///
  /// - Parameters:
  ///   - looksBeyond: whether the choice behind a whole answer is wanted, too.
  ///   - base: the model over any of the weights that questions will be put to.
  ///   - firstEditedLayer: all these weights agree below it.
  /// - Throws: `LanguageModelError`, `CancellationError`.
  /// - Complexity: one pass over all different sequences through the layers below the first edited.
  package init(
    _ questions: [Question], looksBeyond: Bool, base: Decoder, firstEditedLayer: Int,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    self.questions = questions
    self.firstEditedLayer = min(firstEditedLayer, base.shape.layers)
    places = .init(repeating: Place(), count: questions.count)
    let vocabulary = base.shape.vocabulary
    for token in questions.flatMap(\.answer) where !(0..<vocabulary).contains(token) {
      throw LanguageModelError.tokenOutsideVocabulary(id: token, vocabulary: vocabulary)
    }
    plan(
      questions.map { question in
        // Looking beyond must not ask for a position that the answer itself does without.
        let needed = question.prompt.count + question.answer.count - 1
        let seen = looksBeyond ? max(needed, min(needed + 1, base.shape.maximumPositions)) : needed
        return Array((question.prompt + question.answer).prefix(seen))
      })
    try keepStreams(base, progress)
  }

  /// Lays the questions' inputs into as few runs as hold them all.
  private mutating func plan(_ inputs: [[Int]]) {
    // Sorted, a beginning stands before what it is the beginning of, and so does all between them.
    let order = inputs.indices.sorted { inputs[$0].lexicographicallyPrecedes(inputs[$1]) }
    var wanted: [Set<Int>] = []
    for index in order.reversed() {
      if runs.last?.tokens.starts(with: inputs[index]) != true {
        runs.append(Run(tokens: inputs[index]))
        wanted.append([])
      }
      places[index].run = runs.count - 1
      wanted[runs.count - 1].formUnion(questions[index].prompt.count - 1..<inputs[index].count)
    }
    for (index, positions) in wanted.enumerated() {
      runs[index].positions = positions.sorted()
      runs[index].targets = .init(repeating: [], count: positions.count)
    }
    for (index, question) in questions.enumerated() {
      let run = places[index].run
      guard let first = runs[run].positions.firstIndex(of: question.prompt.count - 1) else {
        continue
      }
      places[index].choices = first..<first + inputs[index].count - question.prompt.count + 1
      for (offset, token) in question.answer.enumerated() {
        runs[run].targets[first + offset].append(token)
      }
    }
  }

  private mutating func keepStreams(_ base: Decoder, _ progress: (Int, Int) -> Void) throws {
    guard firstEditedLayer > 0 else { return }
    let rowBytes = base.shape.hidden * MemoryLayout<Float>.stride
    var room = Self.streamBytes
    for part in Decoder.batches(of: runs.map(\.tokens.count), rowLimit: Self.rowLimit) {
      try Task.checkCancellation()
      let batch = TokenBatch(runs[part].map(\.tokens))
      room -= batch.tokens.count * rowBytes
      guard room >= 0 else { break }
      let stream = try base.residualStream(batch, reaching: firstEditedLayer)
      for (index, place) in zip(part, zip(batch.starts, batch.lengths)) {
        runs[index].stream = stream.gathering(rows: Array(place.0..<place.0 + place.1))
      }
      progress(part.upperBound, runs.count)
    }
  }
}
