import Algorithms
package import LanguageModel
import Tensors

/// Second moments of a model's keys over general text, by place: what locate-and-edit methods hold
/// against the keys of an edit. With them those of the gradients at matrices' outputs, where they were
/// measured (``observeGradients(of:weight:random:at:decoder:progress:)``).
package struct KeyCovariance: Sendable {
  /// Tokens that the model reads at once.
  package static let window = 512

  package private(set) var moments: [KeyPlace: SecondMoments]
  /// Of the gradients with respect to the outputs of matrices, `out×out`.
  package internal(set) var gradients: [ProjectionPlace: SecondMoments]

  package init(
    _ moments: [KeyPlace: SecondMoments] = [:], gradients: [ProjectionPlace: SecondMoments] = [:]
  ) {
    self.moments = moments
    self.gradients = gradients
  }

  /// The places, in order.
  package var places: [KeyPlace] { moments.keys.sorted() }

  /// The moments of a place whose keys have a given size.
  ///
  /// - Throws: ``EditingError/missingCovariance(place:)`` where there are none of that size.
  package func moments(at place: KeyPlace, size: Int) throws -> SecondMoments {
    guard let found = moments[place], found.sum.rows == size, found.rows > 0 else {
      throw EditingError.missingCovariance(place: place.name)
    }
    return found
  }

  /// Takes in texts, each cut into windows that the model reads on their own.
  ///
  /// A window's `KᵀK` is one chain of fused multiply-adds in binary32 over its rows; the windows are
  /// added up in binary64, so that a million rows lose no more than 512 do.
  ///
  /// - Parameters:
  ///   - texts: in tokens.
  ///   - weight: of each key in the sum; it counts as one row all the same.
  ///   - decoder: the model as it was imported.
  ///   - progress: called after every window with the tokens read so far.
  /// - Throws: the errors of the model; `CancellationError` between windows.
  /// - Complexity: O(tokens·in²) for each place, and the model's passes.
  package mutating func observe(
    _ texts: [[Int]], weight: Double = 1, at places: [KeyPlace], decoder: Decoder,
    progress: (Int) -> Void = { _ in }
  ) throws {
    let places = Set(places).sorted()
    guard let lowest = places.first?.layer, let highest = places.last?.layer else { return }
    var done = 0
    for tokens in Self.windows(of: texts, for: decoder.shape) {
      try Task.checkCancellation()
      let pass = try decoder.forward(
        TokenBatch([tokens]), recordingFrom: lowest, through: highest)
      for place in places {
        guard let record = pass.records[place.layer] else { continue }
        take(record.keys(at: place.input), weight, at: place, compute: decoder.compute)
      }
      done += tokens.count
      progress(done)
    }
  }

  /// Texts cut into what a model reads at once.
  package static func windows(of texts: [[Int]], for shape: DecoderShape) -> [[Int]] {
    let window = min(window, shape.maximumPositions)
    return texts.flatMap { $0.chunks(ofCount: window).map { Array($0) } }
  }

  /// A sequence, and the positions whose keys are taken, in lists that weigh differently. A position may be in
  /// several.
  package struct ChosenKeys: Sendable {
    package let tokens: [Int]
    package let positions: [[Int]]

    package init(tokens: [Int], positions: [[Int]]) {
      self.tokens = tokens
      self.positions = positions
    }
  }

  /// Takes in chosen rows of sequences that the model reads each on its own, many in a pass.
  ///
  /// - Parameters:
  ///   - weights: of the keys of each list of positions; every sequence has as many lists. A key counts as one
  ///     row in each list that it is in.
  ///   - progress: called after every pass with the tokens read so far.
  /// - Throws: the errors of the model; `CancellationError` between passes.
  /// - Complexity: O(positions·in²) for each place, and the model's passes.
  package mutating func observe(
    _ sequences: [ChosenKeys], weights: [Double], at places: [KeyPlace], decoder: Decoder,
    progress: (Int) -> Void = { _ in }
  ) throws {
    let places = Set(places).sorted()
    guard let lowest = places.first?.layer, let highest = places.last?.layer else { return }
    var done = 0
    for part in Self.passes(of: sequences.map(\.tokens.count)) {
      try Task.checkCancellation()
      let batch = TokenBatch(sequences[part].map(\.tokens))
      let pass = try decoder.forward(batch, recordingFrom: lowest, through: highest)
      for (list, weight) in weights.enumerated() {
        let chosen = zip(batch.starts, sequences[part]).flatMap { start, sequence in
          sequence.positions[list].map { start + $0 }
        }
        for place in places {
          guard let record = pass.records[place.layer], !chosen.isEmpty else { continue }
          take(
            record.keys(at: place.input).gathering(rows: chosen), weight, at: place,
            compute: decoder.compute)
        }
      }
      done += batch.tokens.count
      progress(done)
    }
  }

  /// Sequences of given lengths that run together: as many as a window holds, or one that is longer.
  static func passes(of lengths: [Int]) -> [Range<Int>] {
    var passes: [Range<Int>] = []
    var (first, rows) = (0, 0)
    for (index, length) in lengths.enumerated() {
      if index > first, rows + length > window {
        passes.append(first..<index)
        (first, rows) = (index, 0)
      }
      rows += length
    }
    if first < lengths.count { passes.append(first..<lengths.count) }
    return passes
  }

  /// What a row of each part weighs where the mean over all rows is to be that of the parts' means, each by its
  /// share. A part without rows has none.
  package static func weights(rows: [Int], shares: [Double]) -> [Double] {
    let all = Double(rows.reduce(0, +))
    let total = zip(rows, shares).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
    return zip(rows, shares).map { $0 > 0 ? $1 / total * (all / Double($0)) : 0 }
  }

  private mutating func take(
    _ keys: Matrix, _ weight: Double, at place: KeyPlace, compute: Compute
  ) {
    moments[place, default: SecondMoments(size: keys.columns)]
      .take(keys, weight: weight, compute: compute)
  }
}
