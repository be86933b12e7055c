import Editing
import LanguageModel
import ModelFiles
import Tensors
import TestSupport

/// The gradient with respect to a matrix's log-ridge λ, in binary64 and by dense elimination, from the
/// reference's own keys, output gradients, statistics and weight gradient.
///
/// The sum `dλ = −e^λ Σ dD∘X` cancels to about a thousandth of its terms, so that a binary32 evaluation,
/// PyTorch's too, is off by some 1e-4: this tells by how much the reference is.
struct RidgeGradientOracle {
  let run: ReferenceRun
  let networks: HypernetworkSet

  func logRidgeGradient(
    of place: ProjectionPlace, step: Int, network: Hypernetwork, module: Int
  ) throws -> Double {
    let name = ReferenceRun.module(place)
    func rows(_ kind: String) throws -> [[Double]] {
      try (0..<2).flatMap { batch -> [[Double]] in
        let matrix = try run.tensors.matrix(named: "step\(step).\(kind).\(name).\(batch)")
        return (0..<matrix.rows).map { matrix.row($0).map(Double.init) }
      }
    }
    let (keys, gradients) = (try rows("keys"), try rows("values_grad"))
    let prefix = "step\(step).normalizer.(\(network.shape.input), \(network.shape.output))"
    let mean = try run.tensors.floats(named: "\(prefix).mean").map(Double.init)
    let deviation = try run.tensors.floats(named: "\(prefix).std").map(Double.init)
    let transformed = zip(keys, gradients).map { key, gradient in
      let row = (key + gradient).enumerated().map {
        ($1 - mean[$0]) / (deviation[$0] + Double(Float.ulpOfOne))
      }
      return network.blocks.reduce(row) { Self.block($1, $0, module: module) }
    }
    let input = network.shape.input
    let values = transformed.indices.map { row in
      let similarity = Self.dot(keys[row], Array(transformed[row].prefix(input)))
      return transformed[row].dropFirst(input).map {
        -Double(network.stepSizes[module]) * similarity * $0
      }
    }
    let ridge = PortableMath.exponential(Double(network.logRidges[module]))
    var system = keys.map { key in keys.map { Self.dot(key, $0) } }
    for index in system.indices { system[index][index] += ridge }
    let weight = try run.tensors.matrix(named: "step\(step).module_grad.\(name)")  // (out, in)
    let dSolution = keys.map { key in
      (0..<weight.rows).map { Self.dot(key, weight.row($0).map(Double.init)) }
    }
    let solution = Self.solve(system, values)
    let dValues = Self.solve(system, dSolution)
    return -ridge * zip(solution, dValues).reduce(0) { $0 + Self.dot($1.0, $1.1) }
  }

  private static func block(
    _ block: Hypernetwork.Block, _ row: [Double], module: Int
  ) -> [Double] {
    let inner = (0..<block.a.columns).map { rank in
      row.indices.reduce(0) { $0 + row[$1] * Double(block.a[$1, rank]) }
    }
    return row.indices.map { column in
      let outer = inner.indices.reduce(0) { $0 + inner[$1] * Double(block.b[$1, column]) }
      return row[column] + Double(block.scale[module, column])
        * max(0, outer + Double(block.bias[column])) + Double(block.shift[module, column])
    }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Gauss's elimination with pivots.
  private static func solve(_ system: [[Double]], _ right: [[Double]]) -> [[Double]] {
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
