import Editing
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct RidgeSolverTests {
  let compute: Compute
  init() throws { compute = try Compute(threads: 2) }

  /// Solves by Gauss–Jordan elimination with pivoting, another algorithm altogether.
  private func eliminate(_ system: [[Double]], _ right: [[Double]]) -> [[Double]] {
    var rows = zip(system, right).map { $0 + $1 }
    let size = rows.count
    for column in 0..<size {
      let pivot = (column..<size).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      let divisor = rows[column][column]
      rows[column] = rows[column].map { $0 / divisor }
      for row in 0..<size where row != column {
        let factor = rows[row][column]
        rows[row] = zip(rows[row], rows[column]).map { $0 - factor * $1 }
      }
    }
    return rows.map { Array($0.dropFirst(size)) }
  }

  private func rows(_ matrix: Matrix) -> [[Double]] {
    (0..<matrix.rows).map { matrix.row($0).map(Double.init) }
  }

  @Test func theRowsByRowsSolveIsTheLeastSquaresUpdate() throws {
    var generator = SeededGenerator(seed: 21)
    let keys = Matrix(rows: 6, columns: 17, elements: generator.normals(6 * 17))
    let wanted = Matrix(rows: 6, columns: 4, elements: generator.normals(24))
    let ridge = 0.7
    let solver = try #require(
      RidgeSolver(
        gram: compute.product(keys, transposed: WeightView(keys)), ridge: ridge, compute: compute))
    let update = compute.product(keys.transposed, WeightView(solver.solve(wanted)))

    // (KᵀK + λI)⁻¹KᵀD in the size of the matrix, in binary64.
    let k = rows(keys)
    let d = rows(wanted)
    let system = (0..<17).map { i in
      (0..<17).map { j in k.reduce(0) { $0 + $1[i] * $1[j] } + (i == j ? ridge : 0) }
    }
    let right = (0..<17).map { i in
      (0..<4).map { j in (0..<6).reduce(0.0) { $0 + k[$1][i] * d[$1][j] } }
    }
    let expected = eliminate(system, right).flatMap { $0 }.map { Float($0) }
    let closeness = Closeness(update.elements, expected)
    #expect(closeness.relativeError < 1e-5, "\(closeness)")
  }

  @Test func preservedKeysEnterTheUpdateAsTheirCovariance() throws {
    var generator = SeededGenerator(seed: 22)
    let keys = Matrix(rows: 3, columns: 11, elements: generator.normals(33))
    let kept = Matrix(rows: 8, columns: 11, elements: generator.normals(88))
    let wanted = Matrix(rows: 3, columns: 2, elements: generator.normals(6))
    let (ridge, weight) = (0.5, 2.5)
    let preserved = try #require(
      PreservedKeys(kept, weight: weight, ridge: ridge, compute: compute))
    let v = preserved.project(keys, compute: compute)
    let solver = try #require(
      RidgeSolver(
        gram: compute.product(keys, transposed: WeightView(v)), ridge: 1, compute: compute))
    let update = compute.product(v.transposed, WeightView(solver.solve(wanted)))

    let (k, k0, d) = (rows(keys), rows(kept), rows(wanted))
    let system = (0..<11).map { i in
      (0..<11).map { j in
        k.reduce(0) { $0 + $1[i] * $1[j] } + weight * k0.reduce(0) { $0 + $1[i] * $1[j] }
          + (i == j ? ridge : 0)
      }
    }
    let right = (0..<11).map { i in
      (0..<2).map { j in (0..<3).reduce(0.0) { $0 + k[$1][i] * d[$1][j] } }
    }
    let expected = eliminate(system, right).flatMap { $0 }.map { Float($0) }
    let closeness = Closeness(update.elements, expected)
    #expect(closeness.relativeError < 1e-4, "\(closeness)")
  }

  @Test func aSystemThatIsNotPositiveDefiniteHasNoSolver() {
    #expect(
      RidgeSolver(
        gram: Matrix(rows: 2, columns: 2, elements: [1, 2, 2, 1]), ridge: 0, compute: compute)
        == nil)
    #expect(
      RidgeSolver(gram: Matrix(rows: 1, columns: 1, elements: [.nan]), ridge: 1, compute: compute)
        == nil)
    #expect(
      RidgeSolver(
        gram: Matrix(rows: 1, columns: 1, elements: [.infinity]), ridge: 1, compute: compute) == nil
    )
  }
}
