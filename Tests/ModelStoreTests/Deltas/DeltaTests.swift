import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct DeltaTests {
  @Test(arguments: [ElementType.float32, .bfloat16, .float16])
  func factorsComeBackAsTheyWereStored(_ type: ElementType) throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 4)
    let updates = try [LlamaMatrix.down, LlamaMatrix.gate].enumerated().map {
      try maker.update(of: $1, in: model, rank: $0 + 3, as: type)
    }
    let id = try fixture.store.storeDelta(updates, for: model)
    let loaded = try fixture.store.loadDelta(id).map { try #require($0.lowRank) }
    #expect(loaded.map(\.tensor) == updates.map(\.tensor))
    #expect(loaded.map(\.u.bytes) == updates.map(\.u.bytes))
    #expect(loaded.map(\.v.bytes) == updates.map(\.v.bytes))
    #expect(loaded.map(\.rank) == [3, 4])
    #expect(loaded.allSatisfy { $0.u.elementType == type && $0.v.elementType == type })
    try fixture.expectSound()
  }

  @Test func theSameFactorsHaveTheSameIDInAnyOrder() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 5)
    let updates = try LlamaMatrix.all.map { try maker.update(of: $0, in: model, rank: 2) }
    let id = try fixture.store.storeDelta(updates, for: model)
    let before = try fixture.store.statistics()
    #expect(try fixture.store.storeDelta(updates.reversed(), for: model) == id)
    #expect(try fixture.store.statistics() == before)
    let other = try fixture.store.storeDelta(Array(updates.dropLast()), for: model)
    #expect(other != id)
  }

  @Test func factorsOfTwoTypesAreWidenedWithoutLoss() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 6)
    let narrow = try maker.update(of: LlamaMatrix.gate, in: model, rank: 3, as: .float16)
    let wide = try maker.update(of: LlamaMatrix.gate, in: model, rank: 3, as: .bfloat16)
    let mixed = try LowRankUpdate(tensor: LlamaMatrix.gate, u: narrow.u, v: wide.v)
    let loaded = try #require(
      fixture.store.loadDelta(fixture.store.storeDelta([mixed], for: model)).first?.lowRank)
    #expect(loaded.u.elementType == .float32 && loaded.v.elementType == .float32)
    #expect(sameBits(scalars(loaded.u), scalars(narrow.u)))
    #expect(sameBits(scalars(loaded.v), scalars(wide.v)))
  }

  @Test func deltasThatAreNotOfTheModelAreRefused() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 7)
    let good = try maker.update(of: LlamaMatrix.gate, in: model, rank: 2)
    let shape = try model.shape(ofMatrix: LlamaMatrix.gate)
    func store(_ updates: [LowRankUpdate]) throws {
      _ = try fixture.store.storeDelta(updates, for: model)
    }
    #expect(throws: ModelStoreError.unknownWeight(tensor: "nope")) {
      try store([LowRankUpdate(tensor: "nope", u: good.u, v: good.v)])
    }
    #expect(
      throws: ModelStoreError.deltaDoesNotFit(
        tensor: LlamaMatrix.down, expected: shape.reversed(), found: shape)
    ) { try store([LowRankUpdate(tensor: LlamaMatrix.down, u: good.u, v: good.v)]) }
    #expect(throws: ObjectModelError.self) { try store([good, good]) }
    #expect(throws: ObjectModelError.self) { try store([]) }
    #expect(try fixture.store.statistics().objectCount == 1)
  }

  @Test func factorsThatAreNotFiniteAreRefused() throws {
    for value in [Float.infinity, -.infinity, .nan] {
      for type in [ElementType.float32, .bfloat16, .float16] {
        #expect(throws: ModelStoreError.factorNotFinite) {
          try StoredFactor(
            quantizing: Matrix(rows: 1, columns: 3, elements: [0, value, 1]), as: type)
        }
      }
    }
    // Finite, but not in 16 bits.
    #expect(throws: ModelStoreError.factorNotFinite) {
      try StoredFactor(quantizing: Matrix(rows: 1, columns: 1, elements: [65520]), as: .float16)
    }
    #expect(throws: TensorError.notAWeightType(.int32)) {
      try StoredFactor(elementType: .int32, rows: 1, columns: 1, bytes: [0, 0, 0, 0])
    }
    #expect(throws: ModelStoreError.wrongFactorLength(expected: 8, found: 4)) {
      try StoredFactor(elementType: .float32, rows: 1, columns: 2, bytes: [0, 0, 0, 0])
    }
  }
}
