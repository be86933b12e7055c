package import LanguageModel
package import Tensors

/// Second moments of a model's keys over general text, by place: what locate-and-edit methods hold
/// against the keys of an edit.
package struct KeyCovariance: Sendable {
  /// Tokens that the model reads at once.
  package static let window = 512

  /// The moments of one place.
  package struct Moments: Sendable, Equatable {
    /// Rows taken in.
    package var rows: Int
    /// `Σ KᵀK`, `in×in`, symmetric to the bit.
    package var sum: DoubleMatrix

    package init(rows: Int, sum: DoubleMatrix) {
      self.rows = rows
      self.sum = sum
    }

    /// `Σ KᵀK/rows`.
    package var mean: DoubleMatrix {
      DoubleMatrix(
        rows: sum.rows, columns: sum.columns, elements: sum.elements.map { $0 / Double(rows) })
    }
  }

  package private(set) var moments: [KeyPlace: Moments]

  package init(_ moments: [KeyPlace: Moments] = [:]) {
    self.moments = moments
  }

  /// The places, in order.
  package var places: [KeyPlace] { moments.keys.sorted() }

  /// The moments of a place whose keys have a given size.
  ///
  /// - Throws: ``EditingError/missingCovariance(place:)`` where there are none of that size.
  package func moments(at place: KeyPlace, size: Int) throws -> Moments {
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
  ///   - decoder: the model as it was imported.
  ///   - progress: called after every window with the tokens read so far.
  /// - Throws: the errors of the model; `CancellationError` between windows.
  /// - Complexity: O(tokens·in²) for each place, and the model's passes.
  package mutating func observe(
    _ texts: [[Int]], at places: [KeyPlace], decoder: Decoder, progress: (Int) -> Void = { _ in }
  ) throws {
    let places = Set(places).sorted()
    guard let lowest = places.first?.layer, let highest = places.last?.layer else { return }
    let window = min(Self.window, decoder.shape.maximumPositions)
    var done = 0
    for text in texts {
      for start in stride(from: 0, to: text.count, by: window) {
        try Task.checkCancellation()
        let tokens = Array(text[start..<min(text.count, start + window)])
        let pass = try decoder.forward(
          TokenBatch([tokens]), recordingFrom: lowest, through: highest)
        for place in places {
          guard let record = pass.records[place.layer] else { continue }
          take(record.keys(at: place.input), at: place, compute: decoder.compute)
        }
        done += tokens.count
        progress(done)
      }
    }
  }

  /// A sequence, and the positions whose keys each of several covariances takes.
  package struct Sequence: Sendable {
    package let tokens: [Int]
    /// One list of positions a covariance.
    package let positions: [[Int]]

    package init(tokens: [Int], positions: [[Int]]) {
      self.tokens = tokens
      self.positions = positions
    }
  }

  /// Several covariances at once, of chosen rows of sequences that the model reads each on its own, many in
  /// a pass.
  ///
  /// - Parameters:
  ///   - count: of covariances, for each of which every sequence has positions.
  ///   - progress: called after every pass with the sequences read so far.
  /// - Throws: the errors of the model; `CancellationError` between passes.
  /// - Complexity: O(positions·in²) for each place, and the model's passes, one for all covariances.
  package static func covariances(
    _ count: Int, over sequences: [Sequence], at places: [KeyPlace], decoder: Decoder,
    progress: (Int) -> Void = { _ in }
  ) throws -> [KeyCovariance] {
    var covariances = [KeyCovariance](repeating: KeyCovariance(), count: count)
    let places = Set(places).sorted()
    guard let lowest = places.first?.layer, let highest = places.last?.layer else {
      return covariances
    }
    var next = 0
    while next < sequences.count {
      try Task.checkCancellation()
      var (end, rows) = (next, 0)
      while end < sequences.count, end == next || rows + sequences[end].tokens.count <= Self.window
      {
        rows += sequences[end].tokens.count
        end += 1
      }
      let batch = TokenBatch(sequences[next..<end].map(\.tokens))
      let pass = try decoder.forward(batch, recordingFrom: lowest, through: highest)
      for index in covariances.indices {
        let chosen = zip(batch.starts, sequences[next..<end]).flatMap { start, sequence in
          sequence.positions[index].map { start + $0 }
        }
        for place in places {
          guard let record = pass.records[place.layer], !chosen.isEmpty else { continue }
          covariances[index].take(
            record.keys(at: place.input).gathering(rows: chosen), at: place,
            compute: decoder.compute)
        }
      }
      next = end
      progress(next)
    }
    return covariances
  }

  /// The weighted mean of several: `Σ share·mean/Σ share`, at the places that all of them have.
  package static func mixture(_ parts: [(covariance: KeyCovariance, share: Double)])
    -> KeyCovariance
  {
    guard let first = parts.first else { return KeyCovariance() }
    let total = parts.reduce(0) { $0 + $1.share }
    var mixed: [KeyPlace: Moments] = [:]
    for place in first.covariance.places {
      let moments = parts.compactMap { $0.covariance.moments[place] }
      guard moments.count == parts.count, let size = moments.first?.sum.rows else { continue }
      let rows = moments.reduce(0) { $0 + $1.rows }
      var sum = DoubleMatrix(rows: size, columns: size)
      for (part, moments) in zip(parts, moments) {
        // The stored form is a sum over rows.
        let factor = part.share / total * Double(rows) / Double(moments.rows)
        for index in sum.elements.indices {
          sum.elements[index] += factor * moments.sum.elements[index]
        }
      }
      mixed[place] = Moments(rows: rows, sum: sum)
    }
    return KeyCovariance(mixed)
  }

  private mutating func take(_ keys: Matrix, at place: KeyPlace, compute: Compute) {
    let product = compute.product(transposed: keys, keys)
    var known =
      moments.removeValue(forKey: place)
      ?? Moments(rows: 0, sum: DoubleMatrix(rows: keys.columns, columns: keys.columns))
    known.rows += keys.rows
    known.sum.elements.withUnsafeMutableBufferPointer { sum in
      product.elements.withUnsafeBufferPointer { product in
        for index in sum.indices { sum[index] += Double(product[index]) }
      }
    }
    moments[place] = known
  }
}
