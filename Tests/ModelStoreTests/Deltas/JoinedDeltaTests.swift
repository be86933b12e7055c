import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct JoinedDeltaTests {
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
    let joined = try fixture.store.joining(deltas, for: model)
    #expect(joined.map(\.sources) == [0..<3])
    let updates = joined[0].lowRankUpdates
    #expect(updates.map(\.tensor) == [LlamaMatrix.down, LlamaMatrix.gate].sorted())
    #expect(Set(updates.map(\.rank)) == [10, 5])
    let one = try #require(try fixture.store.store(joined[0], for: model))
    #expect(
      try fixture.materializer.digests(model: model.id, activeDeltas: [one])
        == fixture.materializer.digests(model: model.id, activeDeltas: deltas))
    #expect(try fixture.store.joining([], for: model).isEmpty)
  }

  /// What one tensor's changes so far let come next.
  private enum Last {
    case factors
    case elements(Set<Int>)
    case whole
  }

  /// Deltas of all forms and types in any order, also of a vector and with one delta more than once, against
  /// the state that they make one by one and a count of the places where nothing can be put together.
  @Test(arguments: 1...16)
  func deltasOfAllFormsKeepTheirBits(_ seed: UInt64) throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var random = SeededGenerator(seed: seed)
    var maker = UpdateMaker(seed: 100 + seed)
    let tensors = [LlamaMatrix.down, LlamaMatrix.gate, "model.norm.weight"]
    let types: [ElementType] = [.float32, .bfloat16, .float16]
    var deltas: [(id: DeltaID, forms: [String: Last])] = []
    for _ in 0..<Int.random(in: 2...9, using: &random) {
      if let again = deltas.randomElement(using: &random),
        Int.random(in: 0..<6, using: &random) == 0
      {
        deltas.append(again)
        continue
      }
      var changes: [Delta.TensorChange] = []
      var forms: [String: Last] = [:]
      for tensor in tensors where changes.isEmpty || Bool.random(using: &random) {
        let type = try #require(types.randomElement(using: &random))
        let elements = try fixture.floats(model, tensor)
        switch Int.random(in: 0..<7, using: &random) {
        case 0:
          let numbers = elements.map { $0 + Float.random(in: -1...1, using: &random) }
          changes.append(try fixture.replacement(tensor, numbers, as: type, in: model))
          forms[tensor] = .whole
        case 1, 2, 3:
          let numbers = (0..<4).map { _ in
            (
              Int.random(in: 0..<elements.count, using: &random),
              Float.random(in: -1...1, using: &random)
            )
          }
          let chosen = Dictionary(numbers) { $1 }
          changes.append(try fixture.sparse(tensor, chosen, as: type, in: model))
          forms[tensor] = .elements(Set(chosen.keys))
        default:
          guard try model.tensor(named: tensor).shape.count == 2 else { continue }
          let rank = Int.random(in: 1...3, using: &random)
          changes.append(
            try fixture.lowRank(maker.update(of: tensor, in: model, rank: rank, as: type)))
          forms[tensor] = .factors
        }
      }
      guard !changes.isEmpty else { continue }
      deltas.append((try fixture.store.put(Delta(changes: changes)), forms))
    }
    let joined = try fixture.store.joining(deltas.map(\.id), for: model)
    #expect(joined.map(\.sources.lowerBound) == starts(of: deltas.map(\.forms)))
    #expect(joined.last?.sources.upperBound == deltas.count)
    let stored = try joined.compactMap { try fixture.store.store($0, for: model) }
    #expect(stored.count == joined.count)
    for (part, id) in zip(joined, stored) where part.sources.count == 1 {
      #expect(id == deltas[part.sources.lowerBound].id)
    }
    #expect(
      try fixture.materializer.digests(model: model.id, activeDeltas: stored)
        == fixture.materializer.digests(model: model.id, activeDeltas: deltas.map(\.id)))
    try fixture.expectSound()
  }

  /// Where a new delta has to begin.
  private func starts(of deltas: [[String: Last]]) -> [Int] {
    var starts: [Int] = []
    var last: [String: Last] = [:]
    for (place, forms) in deltas.enumerated() {
      let fits = forms.allSatisfy { tensor, form in
        switch (last[tensor], form) {
        case (nil, _), (.factors, .factors): true
        case (.elements(let former), .elements(let more)): former.isDisjoint(with: more)
        default: false
        }
      }
      if place == 0 || !fits {
        starts.append(place)
        last = [:]
      }
      last.merge(forms) { former, more in
        guard case .elements(let these) = former, case .elements(let those) = more else {
          return more
        }
        return .elements(these.union(those))
      }
    }
    return starts
  }

  /// A delta that came from elsewhere may say anything of its sizes.
  @Test func deltasThatAreNotOfTheModelAreRefused() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 8)
    let good = try fixture.lowRank(maker.update(of: LlamaMatrix.gate, in: model, rank: 2))
    let shape = try model.shape(ofMatrix: LlamaMatrix.gate)
    let factors = try LowRankUpdate(
      tensor: LlamaMatrix.gate,
      u: StoredFactor(quantizing: Matrix(rows: shape[0] / 2, columns: 1), as: .float32),
      v: StoredFactor(quantizing: Matrix(rows: 1, columns: shape[1] / 2), as: .float32))
    let deltas = try [good, fixture.lowRank(factors)].map {
      try fixture.store.put(Delta(changes: [$0]))
    }
    let error = ModelStoreError.deltaDoesNotFit(
      tensor: LlamaMatrix.gate, expected: shape, found: [shape[0] / 2, shape[1] / 2])
    #expect(throws: error) { try fixture.store.joining(deltas, for: model) }
    #expect(throws: error) {
      try LowRankUpdate.concatenated([
        maker.update(of: LlamaMatrix.gate, in: model, rank: 1), factors,
      ])
    }
  }
}
