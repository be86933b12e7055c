import Editing
import LanguageModel
import Tensors
import TestSupport
import Testing

/// The metric of the recursive solver, against elimination in binary64 over all keys at once.
@Suite struct MemoryMetricTests {
  private static let size = 19
  private let compute: Compute
  private let moment: DoubleMatrix
  private let batches: [Matrix]
  private let place = KeyPlace(layer: 0, input: .activation)

  init() throws {
    compute = try Compute(threads: 2)
    var generator = SeededGenerator(seed: 71)
    func keys(_ rows: Int) -> Matrix {
      Matrix(rows: rows, columns: Self.size, elements: generator.normals(rows * Self.size))
    }
    let general = DoubleMatrix(keys(40))
    moment = transposedProduct(general, general)
    batches = [3, 5, 1, 4].map(keys)
  }

  /// The first terms of `M`: `(w_c C + ρI)`, ρ in units of its mean diagonal element.
  private func prior(weight: Double, ridge: Double) -> DoubleMatrix {
    var sum = moment
    var diagonal = 0.0
    for index in 0..<Self.size { diagonal += moment[index, index] }
    for index in sum.elements.indices { sum.elements[index] *= weight }
    for index in 0..<Self.size {
      sum[index, index] += ridge * weight * diagonal / Double(Self.size)
    }
    return sum
  }

  private func ridge(_ ridge: Double) -> DoubleMatrix {
    var sum = DoubleMatrix(rows: Self.size, columns: Self.size)
    for index in 0..<Self.size { sum[index, index] = ridge }
    return sum
  }

  /// A metric, and the matrix that it begins as.
  private func beginnings() throws -> [(metric: MemoryMetric, matrix: DoubleMatrix)] {
    let general = try #require(
      MemoryMetric(moment: moment, weight: 0.4, ridge: 0.03, compute: compute))
    return [
      (general, prior(weight: 0.4, ridge: 0.03)),
      (MemoryMetric(size: Self.size, ridge: 1.7), ridge(1.7)),
    ]
  }

  private func add(_ keys: Matrix, weight: Double, to matrix: inout DoubleMatrix) {
    let products = transposedProduct(DoubleMatrix(keys), DoubleMatrix(keys))
    for index in matrix.elements.indices {
      matrix.elements[index] += weight * products.elements[index]
    }
  }

  @Test func keysAreProjectedByTheInverseOfTheWholeSum() throws {
    for (start, prior) in try beginnings() {
      var (metric, matrix) = (start, prior)
      let probe = batches[1]
      for batch in batches {
        try metric.remember(batch, weight: 2.5, at: place, compute: compute)
        add(batch, weight: 2.5, to: &matrix)
        let expected = eliminate(matrix, DoubleMatrix(probe).transposed).transposed
        let closeness = Closeness(
          metric.project(probe, compute: compute).elements, expected.rounded.elements)
        #expect(closeness.relativeError < 1e-4, "\(closeness)")
      }
    }
  }

  @Test func rememberingLeavesCopiesAsTheyWere() throws {
    let metric = try beginnings()[0].metric
    let before = metric.project(batches[0], compute: compute).elements
    var later = metric
    try later.remember(batches[2], weight: 1, at: place, compute: compute)
    #expect(metric.project(batches[0], compute: compute).elements == before)
    #expect(later.project(batches[0], compute: compute).elements != before)
  }

  /// Recursive least squares: each batch solved for what the earlier ones leave of its values, with
  /// their keys in the metric.
  @Test func sequentialUpdatesAddUpToTheSolutionOverAllEditsAtOnce() throws {
    var generator = SeededGenerator(seed: 72)
    let outputs = 6
    for (start, prior) in try beginnings() {
      var metric = start
      var sum = DoubleMatrix(rows: Self.size, columns: outputs)
      var (system, right) = (prior, sum)
      for batch in batches {
        let keys = DoubleMatrix(batch)
        let wanted = DoubleMatrix(
          Matrix(
            rows: batch.rows, columns: outputs, elements: generator.normals(batch.rows * outputs)))
        let have = compute.product(keys, sum)
        var left = wanted
        for index in left.elements.indices { left.elements[index] -= have.elements[index] }
        let v = metric.project(batch, compute: compute)
        let solver = try #require(
          RidgeSolver(
            gram: compute.product(batch, transposed: WeightView(v)), ridge: 1, compute: compute))
        let step = compute.product(v.transposed, WeightView(solver.solve(left.rounded)))
        for index in sum.elements.indices { sum.elements[index] += Double(step.elements[index]) }
        try metric.remember(batch, weight: 1, at: place, compute: compute)
        add(batch, weight: 1, to: &system)
        let values = transposedProduct(keys, wanted)
        for index in right.elements.indices { right.elements[index] += values.elements[index] }
      }
      let closeness = Closeness(
        sum.rounded.elements, eliminate(system, right).rounded.elements)
      #expect(closeness.relativeError < 1e-4, "\(closeness)")
    }
  }
}
