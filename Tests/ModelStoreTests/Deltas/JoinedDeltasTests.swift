import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct JoinedDeltasTests {
  @Test func manyDeltasAsOneGiveTheSameBits() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 31)
    let batches: [[(String, Int, ElementType)]] = [
      [(LlamaMatrix.down, 3, .bfloat16), (LlamaMatrix.gate, 1, .float32)],
      [(LlamaMatrix.down, 2, .float16)],
      [(LlamaMatrix.gate, 4, .float32), (LlamaMatrix.down, 5, .bfloat16)],
    ]
    let deltas = try batches.map { batch in
      try fixture.store.storeDelta(
        batch.map { try maker.update(of: $0.0, in: model, rank: $0.1, as: $0.2) }, for: model)
    }
    let joined = try fixture.store.joining(deltas)
    #expect(joined.lowRankUpdates.map(\.tensor) == [LlamaMatrix.down, LlamaMatrix.gate].sorted())
    #expect(Set(joined.lowRankUpdates.map(\.rank)) == [10, 5])
    let one = try fixture.store.store(joined, for: model)
    #expect(one.count == 1)
    #expect(
      try fixture.materializer.digests(model: model.id, activeDeltas: one)
        == fixture.materializer.digests(model: model.id, activeDeltas: deltas))
    #expect(try fixture.store.store(fixture.store.joining([]), for: model).isEmpty)
  }

  /// Deltas of all forms in any order, also of a vector, against the state that they make one by one.
  @Test(arguments: 1...12)
  func deltasOfAllFormsKeepTheirBits(_ seed: UInt64) throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var random = SeededGenerator(seed: seed)
    var maker = UpdateMaker(seed: 100 + seed)
    let tensors = [LlamaMatrix.down, LlamaMatrix.gate, "model.norm.weight"]
    /// Forms of each tensor's changes since it was last replaced, in order.
    var forms: [String: [String]] = [:]
    var deltas: [DeltaID] = []
    for _ in 0..<Int.random(in: 2...9, using: &random) {
      var changes: [Delta.TensorChange] = []
      for tensor in tensors where changes.isEmpty || Bool.random(using: &random) {
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
          let numbers = try fixture.floats(model, tensor).map {
            $0 + Float.random(in: -1...1, using: &random)
          }
          changes.append(try fixture.replacement(tensor, numbers, in: model))
          forms[tensor] = ["replacement"]
        case 1, 2:
          let elements = try fixture.floats(model, tensor).count
          let numbers = (0..<20).map { _ in
            (
              Int.random(in: 0..<elements, using: &random),
              Float.random(in: -1...1, using: &random)
            )
          }
          changes.append(
            try fixture.sparse(tensor, Dictionary(numbers) { $1 }, in: model))
          forms[tensor, default: []].append("sparse")
        default:
          guard try model.tensor(named: tensor).shape.count == 2 else { continue }
          let rank = Int.random(in: 1...3, using: &random)
          changes.append(
            try fixture.lowRank(maker.update(of: tensor, in: model, rank: rank)))
          if forms[tensor]?.last != "low-rank" { forms[tensor, default: []].append("low-rank") }
        }
      }
      if !changes.isEmpty { deltas.append(try fixture.store.put(Delta(changes: changes))) }
    }
    let joined = try fixture.store.joining(deltas)
    let stored = try fixture.store.store(joined, for: model)
    #expect(stored.count == forms.values.map(\.count).max())
    #expect(stored.count == joined.deltaCount)
    #expect(
      try fixture.materializer.digests(model: model.id, activeDeltas: stored)
        == fixture.materializer.digests(model: model.id, activeDeltas: deltas))
    try fixture.expectSound()
  }
}
