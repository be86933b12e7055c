import Editing
import Tensors
import TestSupport
import Testing

@Suite struct LowRankApproximationTests {
  private let compute: Compute

  init() throws { compute = try Compute(threads: 2) }

  private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix(rows: rows, columns: columns, elements: generator.normals(rows * columns))
  }

  private func squares(_ matrix: DoubleMatrix) -> Double {
    matrix.elements.reduce(0) { $0 + $1 * $1 }
  }

  private func product(_ parts: LowRankApproximation) -> DoubleMatrix {
    compute.product(DoubleMatrix(parts.u), DoubleMatrix(parts.v))
  }

  private func difference(_ a: DoubleMatrix, _ b: Matrix) -> DoubleMatrix {
    DoubleMatrix(
      rows: a.rows, columns: a.columns,
      elements: zip(a.elements, b.elements).map { $0 - Double($1) })
  }

  @Test(arguments: [(9, 23), (23, 9)])
  func aMatrixOfLowRankComesBack(rows: Int, columns: Int) throws {
    let matrix = compute.product(
      random(rows, 4, seed: 1), WeightView(random(4, columns, seed: 2)))
    let parts = try #require(LowRankApproximation(matrix, rank: 9, compute: compute))
    // What rounding to binary32 left besides is of no size.
    #expect(parts.u.columns >= 4 && parts.u.columns <= 9)
    #expect(Closeness(product(parts).rounded.elements, matrix.elements).relativeError < 1e-6)
  }

  /// Eckart and Young: what is missing is what the smallest singular values hold.
  @Test(arguments: [(9, 23), (23, 9)], [1, 4])
  func whatIsMissingIsTheSmallestSingularValues(size: (Int, Int), rank: Int) throws {
    let matrix = random(size.0, size.1, seed: 3)
    let parts = try #require(LowRankApproximation(matrix, rank: rank, compute: compute))
    #expect(parts.u.columns == rank && parts.v.rows == rank)
    let wide = DoubleMatrix(size.0 < size.1 ? matrix : matrix.transposed)
    let eigen = try #require(
      SymmetricEigen(compute.product(wide, wide.transposed), compute: compute))
    let expected = eigen.values.dropLast(rank).reduce(0, +)
    let missing = squares(difference(product(parts), matrix))
    #expect(abs(missing / expected - 1) < 1e-5)
    // No other factors of that rank can do better: random ones, the best of a thousand steps away.
    let nudged = LowRankApproximationTests.nudged(parts)
    let worse = squares(
      difference(compute.product(DoubleMatrix(nudged), DoubleMatrix(parts.v)), matrix))
    #expect(worse > missing)
  }

  /// The best approximation of a product is one, however it comes in: factors of a rank above both sides of
  /// their product, between them, or below.
  @Test(arguments: [(9, 23), (23, 9), (9, 41), (41, 9), (33, 41), (41, 33)], [1, 4, 30])
  func factorsAreApproximatedAsTheirProductIs(size: (Int, Int), rank: Int) throws {
    let (u, v) = (random(size.0, 30, seed: 4), random(30, size.1, seed: 5))
    let whole = compute.product(DoubleMatrix(u), DoubleMatrix(v)).rounded
    let expected = try #require(LowRankApproximation(whole, rank: rank, compute: compute))
    let parts = try #require(LowRankApproximation(u: u, v: v, rank: rank, compute: compute))
    let kept = min(rank, size.0, size.1)
    #expect(parts.u.columns == kept && parts.v.rows == kept)
    let closeness = Closeness(
      product(parts).rounded.elements, product(expected).rounded.elements)
    #expect(closeness.relativeError < 1e-5, "\(closeness)")
  }

  private static func nudged(_ parts: LowRankApproximation) -> Matrix {
    var u = parts.u
    u.elements[0] += 0.01
    return u
  }

  @Test func nothingHasRankZeroAndWhatIsNotFiniteHasNone() throws {
    let nothing = try #require(
      LowRankApproximation(Matrix(rows: 3, columns: 5), rank: 2, compute: compute))
    #expect(nothing.u.columns == 0 && nothing.v.rows == 0)
    var bad = random(3, 5, seed: 4)
    bad[1, 1] = .infinity
    #expect(LowRankApproximation(bad, rank: 2, compute: compute) == nil)
  }
}
