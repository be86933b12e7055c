import Editing
import Tensors
import TestSupport
import Testing

@Suite struct KeyedUpdateTests {
  /// `(M + KᵀK)X = KᵀR` in the size of the matrix, by elimination.
  @Test func theFactorsAreTheClosedFormOfADenseSolver() throws {
    let compute = try Compute(threads: 2)
    var generator = SeededGenerator(seed: 61)
    let keys = DoubleMatrix(Matrix(rows: 4, columns: 13, elements: generator.normals(52)))
    let residuals = Matrix(rows: 4, columns: 6, elements: generator.normals(24))
    let others = DoubleMatrix(Matrix(rows: 20, columns: 13, elements: generator.normals(260)))
    var prior = transposedProduct(others, others)
    for index in prior.elements.indices { prior.elements[index] *= 0.3 }
    let solver = try #require(CholeskySolver(prior, compute: compute))
    let update = try #require(
      KeyedUpdate(
        keys: keys, weighted: solver.solve(keys.transposed).transposed, residuals: residuals,
        compute: compute))
    var system = transposedProduct(keys, keys)
    for index in system.elements.indices { system.elements[index] += prior.elements[index] }
    let expected = eliminate(system, transposedProduct(keys, DoubleMatrix(residuals)))
    let actual = compute.product(DoubleMatrix(update.u), DoubleMatrix(update.v)).transposed
    let closeness = Closeness(actual.rounded.elements, expected.rounded.elements)
    #expect(closeness.relativeError < 1e-6, "\(closeness)")
  }
}
