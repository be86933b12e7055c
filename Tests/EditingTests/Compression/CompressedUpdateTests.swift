import Editing
import ModelStore
import Tensors
import TestSupport
import Testing

/// Against sums of outer products whose singular values are known.
@Suite struct CompressedUpdateTests {
  private let compute = try? Compute(threads: 2)

  /// `Σ sᵢ·eᵢ·e_{2i}ᵀ`, and each part again with the opposite sign times `noise`: of rank 2n as it is
  /// written, of singular values `sᵢ(1 − noise)` in truth.
  private func update(
    _ values: [Float], noise: Float = 0, type: ElementType = .float32
  ) throws -> LowRankUpdate {
    let rank = 2 * values.count
    var u = Matrix(rows: 20, columns: rank)
    var v = Matrix(rows: rank, columns: 30)
    for (index, value) in values.enumerated() {
      u[index, 2 * index] = value
      v[2 * index, 2 * index] = 1
      u[index, 2 * index + 1] = -noise * value
      v[2 * index + 1, 2 * index] = 1
    }
    return try LowRankUpdate(
      tensor: "w", u: StoredFactor(quantizing: u, as: type),
      v: StoredFactor(quantizing: v, as: type))
  }

  @Test func theLowestRankWithinTheToleranceIsTaken() throws {
    let compute = try #require(compute)
    // √(0.3² + 0.1²)/√(4² + 2² + 0.3² + 0.1²) = 0.0705.
    let whole = try update([4, 2, 0.3, 0.1])
    for (tolerance, rank) in [(0.0, 8), (0.02, 4), (0.03, 3), (0.07, 3), (0.071, 2), (0.5, 1)] {
      let part = try CompressedUpdate(whole, tolerance: tolerance, compute: compute)
      #expect(part.formerRank == 8 && part.update?.rank == rank, "\(tolerance)")
      #expect(part.error <= tolerance * part.norm)
    }
  }

  @Test func whatCancelsIsNotKept() throws {
    let compute = try #require(compute)
    let part = try CompressedUpdate(
      update([4, 2], noise: 1), tolerance: 0.01, compute: compute)
    #expect(part.update == nil && part.norm == 0)
  }

  @Test func aTypeThatCannotKeepTheToleranceGivesWayToBinary32() throws {
    let compute = try #require(compute)
    // √1.7 and its like take more digits than BF16 has.
    let whole = try update([1.7, 1.3, 1.1], type: .bfloat16)
    let coarse = try CompressedUpdate(whole, tolerance: 0.01, compute: compute)
    #expect(coarse.update?.u.elementType == .bfloat16 && coarse.error <= 0.01 * coarse.norm)
    let wide = try update([1.7, 1.3, 1.1, 0, 0, 0, 0, 0, 0], type: .bfloat16)
    let fine = try CompressedUpdate(wide, tolerance: 1e-5, compute: compute)
    #expect(fine.update?.u.elementType == .float32 && fine.error <= 1e-5 * fine.norm)
  }

  @Test func whatWouldNotBecomeSmallerStaysAsItIs() throws {
    let compute = try #require(compute)
    var generator = SeededGenerator(seed: 3)
    func random(_ rows: Int, _ columns: Int) -> Matrix {
      Matrix(
        rows: rows, columns: columns,
        elements: (0..<rows * columns).map { _ in Float.random(in: -1...1, using: &generator) })
    }
    let whole = try LowRankUpdate(
      tensor: "w", u: StoredFactor(quantizing: random(20, 4), as: .float32),
      v: StoredFactor(quantizing: random(4, 30), as: .float32))
    let part = try CompressedUpdate(whole, tolerance: 0.001, compute: compute)
    #expect(part.update?.u == whole.u && part.update?.v == whole.v && part.error == 0)
  }
}
