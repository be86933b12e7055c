import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct DeltaAlgebraTests {
  @Test(arguments: [ElementType.float32, .bfloat16, .float16])
  func twoHalvesAreTheWhole(_ type: ElementType) throws {
    var generator = SeededGenerator(seed: 32)
    let update = try LowRankUpdate(
      tensor: "w",
      u: StoredFactor(
        quantizing: Matrix(rows: 9, columns: 3, elements: generator.normals(27)), as: type),
      v: StoredFactor(
        quantizing: Matrix(rows: 3, columns: 4, elements: generator.normals(12)), as: type))
    let half = try update.halved()
    #expect(half.u.elementType == type && half.v == update.v)
    for (part, whole) in zip(scalars(half.u), scalars(update.u)) { #expect(2 * part == whole) }
  }

  /// The least binary16 number has no half in binary16.
  @Test func whatHasNoHalfInItsTypeIsWidened() throws {
    let tiny = try StoredFactor(
      elementType: .float16, rows: 2, columns: 1, bytes: [0x01, 0x00, 0x00, 0x3c])
    let update = try LowRankUpdate(
      tensor: "w", u: tiny,
      v: StoredFactor(elementType: .float16, rows: 1, columns: 1, bytes: [0x00, 0x3c]))
    let half = try update.halved()
    #expect(half.u.elementType == .float32 && half.v.elementType == .float32)
    #expect(scalars(half.u) == [0x1p-25, 0.5] && scalars(half.v) == [1])
  }

  @Test func numbersAddedToElementsHaveHalvesAndAReplacedTensorHasNone() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 33)
    let update = try maker.update(of: LlamaMatrix.down, in: model, rank: 2)
    let numbers: [Int: Float] = [3: 0.5, 70: -1.000_000_1, 71: 3]
    let delta = try fixture.store.put(
      Delta(changes: [
        fixture.lowRank(update), fixture.sparse(LlamaMatrix.gate, numbers, in: model),
      ]))
    let half = try fixture.store.loadDelta(fixture.store.storeHalf(of: delta, for: model))
    #expect(half.map(\.tensor) == [LlamaMatrix.down, LlamaMatrix.gate])
    #expect(try #require(half[0].lowRank).v == update.v)
    guard case .sparse(let sparse) = half[1] else {
      Issue.record("numbers to add became something else")
      return
    }
    #expect(sparse.indices == [3, 70, 71])
    #expect(sparse.values.map { 2 * $0 } == [0.5, -1.000_000_1, 3])
    let whole = try fixture.store.put(
      Delta(changes: [
        fixture.replacement(LlamaMatrix.gate, fixture.floats(model, LlamaMatrix.gate), in: model)
      ]))
    #expect(throws: ModelStoreError.replacementHasNoHalf(tensor: LlamaMatrix.gate)) {
      try fixture.store.storeHalf(of: whole, for: model)
    }
  }

  private func subspace(_ rows: [[Float]]) throws -> KeySubspace {
    let v = Matrix(rows: rows.count, columns: rows[0].count, elements: rows.flatMap(\.self))
    let u = Matrix(rows: 1, columns: rows.count)
    return try KeySubspace(
      of: LowRankUpdate(
        tensor: "w", u: StoredFactor(quantizing: u, as: .float32),
        v: StoredFactor(quantizing: v, as: .float32)),
      compute: Compute(threads: 1))
  }

  @Test func theOverlapIsTheMeanSquaredCosine() throws {
    let compute = try Compute(threads: 1)
    let plane = try subspace([[1, 0, 0, 0], [3, 2, 0, 0]])
    #expect(plane.dimension == 2)
    func overlap(_ rows: [[Float]]) throws -> Double {
      let other = try subspace(rows)
      let value = plane.overlap(with: other, compute: compute)
      #expect(abs(other.overlap(with: plane, compute: compute) - value) < 1e-12)
      return value
    }
    #expect(try abs(overlap([[0, 5, 0, 0], [7, 1, 0, 0]]) - 1) < 1e-12)
    #expect(try overlap([[0, 0, 2, 0], [0, 0, 1, 1]]) < 1e-12)
    // A line at 60 degrees to the plane, and one within it with one at right angles.
    #expect(try abs(overlap([[1, 0, Float(3).squareRoot(), 0]]) - 0.25) < 1e-6)
    #expect(try abs(overlap([[1, 1, 0, 0], [0, 0, 0, 4]]) - 0.5) < 1e-12)
    // Of rows that depend on each other, only directions count.
    #expect(try subspace([[1, 2, 0, 0], [2, 4, 0, 0], [-1, -2, 0, 0]]).dimension == 1)
    #expect(try abs(overlap([[1, 2, 0, 0], [2, 4, 0, 0]]) - 1) < 1e-12)
    #expect(try subspace([[0, 0, 0, 0]]).overlap(with: plane, compute: compute) == 0)
  }
}
