import Editing
import LanguageModel
import Tensors

/// RLEdit's rule in plain loops of binary64 numbers, for two matrices of one shape without statistics.
struct RuleOracle {
  let form: UpdateForm
  let places: [ProjectionPlace]
  let signals: [ProjectionPlace: ProjectionSignals]
  /// What the rows of `D` of a matrix are multiplied by, `out×out`.
  var outputs: [ProjectionPlace: Rows] = [:]

  typealias Rows = [[Double]]

  /// `U` (`out×rows`) and `V` (`rows×in`), row-major.
  ///
  /// - Parameter parameters: in the order in which a network lists them.
  func factors(
    _ parameters: [[Double]], rows: Int
  ) -> [ProjectionPlace: (u: [Double], v: [Double])] {
    var result: [ProjectionPlace: (u: [Double], v: [Double])] = [:]
    for (module, place) in places.enumerated() {
      guard let signal = signals[place] else { continue }
      let keys = Self.rows(signal.keys)
      let gradients = Self.rows(signal.outputGradients)
      let (input, output) = (signal.keys.columns, signal.outputGradients.columns)
      let scales = gradients.map { row in
        form == .leverage ? (row.reduce(0) { $0 + $1 * $1 } / Double(output)).squareRoot() : 1
      }
      // Without statistics the mean counts as 0 and the deviation as 1, to which epsilon is added.
      let divisor = 1 + Double(Float.ulpOfOne)
      let transformed = keys.indices.map { row in
        let key = keys[row].map { $0 / divisor }
        let gradient =
          gradients[row].map { $0 / (form == .leverage ? scales[row] : divisor) }
        return network(key + gradient, module, parameters)
      }
      let step = parameters[parameters.count - 2][module]
      let ridge = PortableMath.exponential(parameters[parameters.count - 1][module])
      let tildes = transformed.map { (Array($0.prefix(input)), Array($0.dropFirst(input))) }
      if form == .outerProduct {
        let u = (0..<output).flatMap { out in tildes.map { -step * $0.1[out] } }
        result[place] = (u, tildes.flatMap(\.0))
        continue
      }
      let values = keys.indices.map { row -> [Double] in
        let similarity =
          switch form {
          case .leastSquaresOfNormalizedKeys:
            Self.dot(keys[row].map { $0 / divisor }, tildes[row].0)
          case .leverage: Self.dot(keys[row], keys[row])
          default: Self.dot(keys[row], tildes[row].0)
          }
        let value = tildes[row].1.map { -step * similarity * scales[row] * $0 }
        guard let outputs = outputs[place] else { return value }
        return value.indices.map { column in Self.dot(value, outputs.map { $0[column] }) }
      }
      var system = keys.map { key in keys.map { Self.dot(key, $0) } }
      for index in system.indices { system[index][index] += ridge }
      let solution = Self.solve(system, values)
      result[place] = (
        (0..<output).flatMap { out in solution.map { $0[out] } }, keys.flatMap(\.self)
      )
    }
    return result
  }

  /// The two blocks: parameters are `a`, `b`, `bias`, `scale`, `shift` of each.
  private func network(_ row: [Double], _ module: Int, _ parameters: [[Double]]) -> [Double] {
    var x = row
    let size = row.count
    for block in 0..<2 {
      let (a, b, bias) = (
        parameters[5 * block], parameters[5 * block + 1], parameters[5 * block + 2]
      )
      let (scale, shift) = (parameters[5 * block + 3], parameters[5 * block + 4])
      let rank = a.count / size
      let inner = (0..<rank).map { r in x.indices.reduce(0) { $0 + x[$1] * a[$1 * rank + r] } }
      x = x.indices.map { column in
        let outer = inner.indices.reduce(bias[column]) { $0 + inner[$1] * b[$1 * size + column] }
        return x[column] + scale[module * size + column] * max(0, outer)
          + shift[module * size + column]
      }
    }
    return x
  }

  private static func rows(_ matrix: Matrix) -> Rows {
    (0..<matrix.rows).map { matrix.row($0).map(Double.init) }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Gauss's elimination with pivots.
  private static func solve(_ system: Rows, _ right: Rows) -> Rows {
    var rows = zip(system, right).map { $0 + $1 }
    let size = rows.count
    for column in 0..<size {
      let pivot = (column..<size).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      for row in 0..<size where row != column {
        let factor = rows[row][column] / rows[column][column]
        for index in column..<rows[row].count { rows[row][index] -= factor * rows[column][index] }
      }
    }
    return (0..<size).map { row in rows[row][size...].map { $0 / rows[row][row] } }
  }
}
