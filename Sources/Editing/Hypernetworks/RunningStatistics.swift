package import LanguageModel
package import Tensors

/// The shape of a weight matrix; matrices of one shape share a hypernetwork and running statistics.
package struct WeightShape: Sendable, Hashable, Comparable {
  /// Size of the inputs.
  package let input: Int
  /// Size of the outputs.
  package let output: Int

  package init(input: Int, output: Int) {
    self.input = input
    self.output = output
  }

  package static func < (a: WeightShape, b: WeightShape) -> Bool {
    (a.input, a.output) < (b.input, b.output)
  }
}

/// Count, mean and spread of the columns of the rows seen.
///
/// The spread is MALMEN's running estimate: rows taken in together add their number times their
/// unbiased variance, so it exceeds the sum of squared deviations by `rows/(rows − 1)`.
package struct ColumnMoments: Sendable, Equatable {
  package var count: Int
  package var mean: [Double]
  /// Divided by the count less one, it estimates the variance.
  package var spread: [Double]

  package init(count: Int, mean: [Double], spread: [Double]) {
    self.count = count
    self.mean = mean
    self.spread = spread
  }

  /// The moments of the rows `[left; right]`, the second's columns after the first's.
  package init(rowsOf left: Matrix, _ right: Matrix) {
    let columns = left.columns + right.columns
    count = left.rows
    mean = .init(repeating: 0, count: columns)
    spread = mean
    guard count > 0 else { return }
    for row in 0..<count {
      for (column, value) in left.row(row).enumerated() { mean[column] += Double(value) }
      for (column, value) in right.row(row).enumerated() {
        mean[left.columns + column] += Double(value)
      }
    }
    for column in 0..<columns { mean[column] /= Double(count) }
    let unbiased = Double(count) / Double(max(1, count - 1))
    for row in 0..<count {
      for (column, value) in left.row(row).enumerated() {
        let deviation = Double(value) - mean[column]
        spread[column] += deviation * deviation * unbiased
      }
      for (column, value) in right.row(row).enumerated() {
        let deviation = Double(value) - mean[left.columns + column]
        spread[left.columns + column] += deviation * deviation * unbiased
      }
    }
  }

  /// Takes in the moments of later rows (Chan, Golub & LeVeque 1983). The result depends on the order
  /// of calls in its last bits, so a fold always runs in chain order.
  package mutating func merge(_ later: ColumnMoments) {
    guard later.count > 0 else { return }
    guard count > 0 else {
      self = later
      return
    }
    let (n, m) = (Double(count), Double(later.count))
    for column in mean.indices {
      let difference = later.mean[column] - mean[column]
      mean[column] += difference * m / (n + m)
      spread[column] +=
        later.spread[column] + difference * difference * n * m / (n + m)
    }
    count += later.count
  }

  /// `√(spread/(n − 1 + ε))` of every column.
  package var deviations: [Double] {
    let divisor = Double(count) - 1 + Double(Float.ulpOfOne)
    return spread.map { ($0 / divisor).squareRoot() }
  }
}

/// Running statistics of inputs and output gradients `[K; G]`, by weight shape: what RLEdit's
/// hypernetwork sees is normalised by them.
///
/// They are no counter that only grows: each commit stores its own contribution, and the state at a
/// revision is the fold over its active chain in order.
package struct RunningStatistics: Sendable, Equatable {
  package private(set) var moments: [WeightShape: ColumnMoments]

  package init(_ moments: [WeightShape: ColumnMoments] = [:]) {
    self.moments = moments
  }

  /// Takes in rows of inputs (`rows×in`) and output gradients (`rows×out`) of one matrix.
  package mutating func observe(keys: Matrix, outputGradients: Matrix) {
    merge(
      ColumnMoments(rowsOf: keys, outputGradients),
      for: WeightShape(input: keys.columns, output: outputGradients.columns))
  }

  /// Takes in a later contribution.
  package mutating func merge(_ later: RunningStatistics) {
    for shape in later.moments.keys.sorted() {
      if let moments = later.moments[shape] { merge(moments, for: shape) }
    }
  }

  private mutating func merge(_ later: ColumnMoments, for shape: WeightShape) {
    if moments[shape] == nil {
      moments[shape] = later
    } else {
      moments[shape]?.merge(later)
    }
  }

  /// How rows of a shape are normalised by these statistics.
  package func normalization(of shape: WeightShape) -> RowNormalization {
    // Fewer than two rows have no spread, and a single one would be its own mean and vanish.
    let moments = moments[shape].flatMap { $0.count < 2 ? nil : $0 }
    let columns = shape.input + shape.output
    return RowNormalization(
      shape: shape, mean: moments?.mean ?? .init(repeating: 0, count: columns),
      deviations: moments?.deviations ?? .init(repeating: 1, count: columns))
  }
}

/// `(x − mean)/(deviation + ε)` for every column of rows `[k; g]`.
///
/// Of statistics over fewer than two rows the mean counts as 0 and the deviation as 1.
package struct RowNormalization: Sendable {
  private let shape: WeightShape
  private let mean: [Double]
  private let divisors: [Double]

  init(shape: WeightShape, mean: [Double], deviations: [Double]) {
    self.shape = shape
    self.mean = mean
    divisors = deviations.map { $0 + Double(Float.ulpOfOne) }
  }

  /// The normalised rows of a matrix's signals: `rows×(in+out)`.
  package func rows(of signals: ProjectionSignals) -> Matrix {
    let columns = shape.input + shape.output
    return Matrix(rows: signals.keys.rows, columns: columns) { buffer in
      for row in 0..<signals.keys.rows {
        var column = 0
        for part in [signals.keys, signals.outputGradients] {
          for value in part.row(row) {
            buffer[row * columns + column] = Float(
              (Double(value) - mean[column]) / divisors[column])
            column += 1
          }
        }
      }
    }
  }
}
