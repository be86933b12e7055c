package import LanguageModel
import Tensors

extension KeyCovariance {
  /// A sequence, and the positions whose predictions count.
  package struct Predictions: Sendable {
    package let tokens: [Int]
    package let positions: [Int]

    package init(tokens: [Int], positions: [Int]) {
      self.tokens = tokens
      self.positions = positions
    }
  }

  /// Takes in the gradients with respect to matrices' outputs of what the model predicts, many sequences in
  /// a pass.
  ///
  /// They are those of the cross-entropy of tokens that are drawn by the model's own probabilities, so that
  /// their second moments are the output factors of the Fisher information in Kronecker's form (Martens and
  /// Grosse 2015): how much a change of a matrix's outputs, in one direction or another, changes what the
  /// model says. A sequence's first position is left out: attention rests there, whatever the token, and its
  /// gradients dwarf those of all others.
  ///
  /// - Parameters:
  ///   - sequences: none longer than the model has positions.
  ///   - weight: of each row in the sum; it counts as one row all the same.
  ///   - random: where the numbers that tokens are drawn by come from.
  ///   - progress: called after every pass with the tokens read so far.
  /// - Throws: the errors of the model; `CancellationError` between passes.
  /// - Complexity: O(tokens·out²) for each place, and the model's passes, forward and back.
  package mutating func observeGradients(
    of sequences: [Predictions], weight: Double, random: inout RandomSource,
    at places: [ProjectionPlace], decoder: Decoder, progress: (Int) -> Void = { _ in }
  ) throws {
    let places = Set(places).sorted()
    guard let lowest = places.first?.layer, let highest = places.last?.layer else { return }
    let keys = Set(places.map(\.keyPlace))
    var read = 0
    for part in Self.passes(of: sequences.map(\.tokens.count)) {
      try Task.checkCancellation()
      let labelled = LabelledBatch(
        sequences[part].map { sequence in
          let scored = Set(sequence.positions)
          // Which tokens these are does not matter: others are drawn.
          return LabelledSequence(
            tokens: sequence.tokens,
            labels: sequence.tokens.enumerated().map { scored.contains($0) ? $1 : nil })
        })
      let pass = try decoder.score(
        labelled, recordingFrom: lowest, to: highest, keys: keys)
      let count = labelled.rows.count
      let drawn = decoder.compute.drawn(
        pass.logits, levels: (0..<count).map { _ in random.uniform() })
      let rows = zip(labelled.batch.starts, labelled.batch.lengths).flatMap { start, length in
        start + 1..<max(start + 1, start + length)
      }
      let signals = try decoder.signals(
        of: pass,
        dLogits: decoder.compute.crossEntropyGradient(
          pass.logits, targets: drawn, weights: .init(repeating: 1, count: count)),
        at: places, rows: .chosen(rows))
      for place in places {
        guard let found = signals[place]?.outputGradients else { continue }
        gradients[place, default: SecondMoments(size: found.columns)]
          .take(found, weight: weight, compute: decoder.compute)
      }
      read += labelled.batch.tokens.count
      progress(read)
    }
  }

  /// Of sequences of more than one token some with at most so many tokens in all, drawn by lot, in their order:
  /// the first of a permutation by a stream of seed 0 that there is still room for.
  package static func sample(
    _ sequences: [[Int]], tokens limit: Int, stream: UInt64
  ) -> [[Int]] {
    let long = sequences.filter { $0.count > 1 }
    var (taken, tokens) = ([Int](), 0)
    for index in RandomSource.permutation(of: long.count, seed: 0, stream: stream)
    where tokens + long[index].count <= limit {
      taken.append(index)
      tokens += long[index].count
    }
    return taken.sorted().map { long[$0] }
  }

  /// The moments of a matrix's output gradients.
  ///
  /// - Throws: ``EditingError/missingCurvature(module:)`` where there are none of that size.
  package func gradients(at place: ProjectionPlace, size: Int) throws -> SecondMoments {
    guard let found = gradients[place], found.sum.rows == size, found.rows > 0 else {
      throw EditingError.missingCurvature(module: place.weightName)
    }
    return found
  }
}
