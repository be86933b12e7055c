import Tensors

/// Where a change of a weight matrix works: its singular values and directions, and the rows it moves.
struct TensorSpectrum: Encodable {
  /// A row or column by its number from 0, with its part in a unit vector or its length.
  struct Part: Encodable {
    let index: Int
    let weight: Double
  }

  /// A singular direction: inputs along `inputs` are answered along `outputs`, times `value`.
  struct Direction: Encodable {
    let value: Double
    /// `value²` in the sum of all squares.
    let share: Double
    /// The outputs with the largest parts.
    let outputs: [Part]
    /// The inputs with the largest parts.
    let inputs: [Part]
  }

  /// The largest singular value.
  let spectralNorm: Double
  /// The squared Frobenius norm over the squared spectral norm (Rudelson & Vershynin 2007).
  let stableRank: Double
  let directions: [Direction]
  /// The rows whose weights moved furthest, with the distance.
  let movedRows: [Part]

  private static let directionCount = 4
  private static let partCount = 3
  private static let rowCount = 5

  /// - Parameter change: `out×in`.
  /// - Returns: `nil` for a change of nothing.
  init?(of change: DoubleMatrix, compute: Compute) {
    guard
      let triples = LeadingSingularTriples(
        of: change, count: Self.directionCount, compute: compute),
      let largest = triples.values.first
    else { return nil }
    let squares = change.elements.reduce(0) { $0 + $1 * $1 }
    spectralNorm = largest
    stableRank = squares / (largest * largest)
    directions = triples.values.enumerated().map { index, value in
      Direction(
        value: value, share: value * value / squares,
        outputs: Self.largest(Self.row(index, of: triples.left), Self.partCount),
        inputs: Self.largest(Self.row(index, of: triples.right), Self.partCount))
    }
    let distances = (0..<change.rows).map { row in
      Self.row(row, of: change).reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    movedRows = Self.largest(distances, Self.rowCount)
  }

  private static func row(_ index: Int, of matrix: DoubleMatrix) -> [Double] {
    Array(matrix.elements[index * matrix.columns..<(index + 1) * matrix.columns])
  }

  private static func largest(_ numbers: [Double], _ count: Int) -> [Part] {
    numbers.indices.sorted {
      abs(numbers[$0]) != abs(numbers[$1]) ? abs(numbers[$0]) > abs(numbers[$1]) : $0 < $1
    }.prefix(count).map { Part(index: $0, weight: numbers[$0]) }
  }

  /// The spectrum in a few lines.
  func lines(on terminal: Terminal) -> [String] {
    func parts(_ parts: [Part]) -> String {
      parts.map { "\($0.index) (\(Quantity.fixed($0.weight, 2)))" }.joined(separator: ", ")
    }
    let head =
      "  σ₁ \(Quantity.measured(spectralNorm)), stable rank \(Quantity.fixed(stableRank, 1)); rows moved "
      + "most: "
      + movedRows.map { "\($0.index) (\(Quantity.measured($0.weight)))" }
      .joined(separator: ", ")
    return [head]
      + directions.map { direction in
        terminal.styled(
          "    σ \(Quantity.measured(direction.value)) (\(Quantity.percent(direction.share)))  "
            + "outputs \(parts(direction.outputs))  inputs \(parts(direction.inputs))", .faint)
      }
  }
}
