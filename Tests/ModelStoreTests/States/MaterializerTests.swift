import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct MaterializerTests {
  /// Deltas of one to three of the matrices each, with the updates they hold.
  private func deltas(
    _ count: Int, of model: StoredModel, in fixture: StoreFixture, seed: UInt64
  ) throws -> (ids: [DeltaID], updates: [[LowRankUpdate]]) {
    var maker = UpdateMaker(seed: seed)
    let types: [ElementType] = [.float32, .bfloat16, .float16]
    let updates = try (0..<count).map { number in
      try LlamaMatrix.all.enumerated().filter { (number + 1) & (1 << $0.offset) != 0 || number > 6 }
        .map {
          try maker.update(
            of: $0.element, in: model, rank: 1 + number % 5, as: types[number % 3])
        }
    }
    return (try updates.map { try fixture.store.storeDelta($0, for: model) }, updates)
  }

  /// The numbers of every matrix after the updates, by the scalar loop.
  private func oracle(
    _ updates: [[LowRankUpdate]], _ model: StoredModel, _ fixture: StoreFixture
  ) throws -> [String: [Float]] {
    var numbers: [String: [Float]] = [:]
    for update in updates.joined() {
      var matrix = try numbers[update.tensor] ?? fixture.floats(model, update.tensor)
      applyByScalarLoop(update, to: &matrix)
      numbers[update.tensor] = matrix
    }
    return numbers
  }

  @Test func factorsThatWereAppliedAreNotHeldInMemory() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 30)
    let ids = try (0..<4).map { _ in
      try fixture.store.storeDelta(
        [maker.update(of: LlamaMatrix.all[0], in: model, rank: 4096, as: .float32)], for: model)
    }
    let bytes = try fixture.store.snapshot().object(ids[0]).blobs.reduce(0) { $0 + $1.byteCount }
    #expect(bytes > 1 << 20)
    _ = try fixture.materializer.weights(model: model.id, activeDeltas: ids)
    let path = fixture.directory.path("store/data.mdb")
    #expect(try MappedMemory.residentBytes(ofFile: path) < bytes)
  }

  @Test func everyEditedMatrixIsTheBaseAfterTheScalarLoop() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    let (ids, updates) = try deltas(6, of: model, in: fixture, seed: 10)
    let expected = try oracle(updates, model, fixture)
    let weights = try fixture.materializer.weights(model: model.id, activeDeltas: ids)
    #expect(weights.editedNames == LlamaMatrix.all.sorted())
    for name in weights.editedNames {
      #expect(sameBits(try fixture.floats(weights, name), expected[name] ?? []), "\(name)")
    }
    #expect(
      try fixture.materializer.digests(model: model.id, activeDeltas: ids)
        == expected.mapValues { digest($0) })
    // The engine's way, update by update, gives the same.
    let applied = try EditedWeights(base: model, compute: fixture.compute)
      .applying(updates.flatMap { $0 })
    for name in weights.editedNames {
      #expect(sameBits(try fixture.floats(applied, name), expected[name] ?? []))
    }
    // All else is the base's.
    #expect(weights.editedBuffer(named: "model.norm.weight") == nil)
    #expect(
      sameBits(
        try fixture.floats(weights, "model.embed_tokens.weight"),
        try fixture.floats(model, "model.embed_tokens.weight")))
  }

  @Test func quantisedMatricesAreEditedFromTheirExactValues() throws {
    let fixture = try StoreFixture()
    let gguf = try SmallGGUF(in: fixture.directory)
    let model = try fixture.importModel(gguf.path)
    var maker = UpdateMaker(seed: 11)
    let names = model.manifest.tensors.filter { $0.shape.count == 2 }.map(\.name)
    let updates = try names.map { try maker.update(of: $0, in: model, rank: 2, as: .bfloat16) }
    let id = try fixture.store.storeDelta(updates, for: model)
    let expected = try oracle([updates], model, fixture)
    #expect(names.count == 16)
    #expect(
      try fixture.materializer.digests(model: model.id, activeDeltas: [id])
        == expected.mapValues { digest($0) })
  }

  @Test func theOrderOfDeltasIsTheChainsAndMatters() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 12)
    let updates = try (0..<2).map { _ in
      try maker.update(of: LlamaMatrix.gate, in: model, rank: 4, deviation: 0.5)
    }
    let ids = try updates.map { try fixture.store.storeDelta([$0], for: model) }
    let there = try fixture.materializer.digests(model: model.id, activeDeltas: ids)
    let back = try fixture.materializer.digests(model: model.id, activeDeltas: ids.reversed())
    #expect(there != back)
    #expect(
      try there == oracle([updates], model, fixture).mapValues { digest($0) })
    #expect(
      try back == oracle([updates.reversed()], model, fixture).mapValues { digest($0) })
  }

  @Test func aChainWithoutADeltaIsAsIfItHadNeverBeen() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    let (ids, updates) = try deltas(8, of: model, in: fixture, seed: 13)
    for omitted in ids.indices {
      _ = try fixture.materializer.digests(model: model.id, activeDeltas: ids)
      var (left, remaining) = (ids, updates)
      left.remove(at: omitted)
      remaining.remove(at: omitted)
      let expected = try oracle(remaining, model, fixture)
      #expect(
        try fixture.materializer.digests(model: model.id, activeDeltas: left)
          == expected.mapValues { digest($0) })
    }
    #expect(try fixture.materializer.digests(model: model.id, activeDeltas: []).isEmpty)
    let base = try fixture.materializer.weights(model: model.id, activeDeltas: [])
    #expect(base.editedNames.isEmpty)
  }

  /// Going from chain to chain in any way gives what deriving each from the base gives, and weights
  /// handed out earlier stay what they were.
  @Test func anyWayThroughChainsGivesTheSameBits() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    let (ids, _) = try deltas(10, of: model, in: fixture, seed: 14)
    var generator = SeededGenerator(seed: 15)
    var chain: [DeltaID] = []
    var handedOut: [(EditedWeights, [String: StateDigest])] = []
    for _ in 0..<60 {
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: chain = Array(chain.prefix(Int.random(in: 0...chain.count, using: &generator)))
      case 1 where !chain.isEmpty:
        chain.remove(at: chain.indices.randomElement(using: &generator) ?? 0)
      case 2:
        chain.insert(
          ids.randomElement(using: &generator) ?? ids[0],
          at: Int.random(in: 0...chain.count, using: &generator))
      default: chain += ids.shuffled(using: &generator).prefix(2)
      }
      let weights = try fixture.materializer.weights(model: model.id, activeDeltas: chain)
      let digests = try fixture.materializer.digests(model: model.id, activeDeltas: chain)
      let fresh = Materializer(store: fixture.store, compute: fixture.compute)
      #expect(try fresh.digests(model: model.id, activeDeltas: chain) == digests)
      handedOut.append((weights, digests))
    }
    for (weights, digests) in handedOut {
      for (name, expected) in digests {
        #expect(digest(try fixture.floats(weights, name)) == expected)
      }
    }
  }

  @Test func digestsDependNeitherOnThreadsNorOnTheInstructionSet() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    let (ids, updates) = try deltas(9, of: model, in: fixture, seed: 16)
    let expected = try oracle(updates, model, fixture).mapValues { digest($0) }
    for instructionSet in InstructionSet.available {
      for threads in [1, 2, 3, 8] {
        let materializer = Materializer(
          store: fixture.store,
          compute: try Compute(instructionSet: instructionSet, threads: threads))
        #expect(
          try materializer.digests(model: model.id, activeDeltas: ids) == expected,
          "\(instructionSet), \(threads) threads")
      }
    }
  }

  @Test func manyTasksAtOnceEachGetTheirOwnChain() async throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    let (ids, updates) = try deltas(5, of: model, in: fixture, seed: 17)
    let expected = try (0...5).map { count in
      try oracle(Array(updates.prefix(count)), model, fixture).mapValues { digest($0) }
    }
    let (materializer, id) = (fixture.materializer, model.id)
    try await withThrowingTaskGroup(of: (Int, [String: StateDigest]).self) { group in
      for number in 0..<60 {
        group.addTask {
          let count = number % 6
          return (
            count, try materializer.digests(model: id, activeDeltas: Array(ids.prefix(count)))
          )
        }
      }
      for try await (count, digests) in group { #expect(digests == expected[count]) }
    }
  }

  @Test func anUpdateThatMakesAWeightInfiniteIsRefusedAndLeavesTheRestInOrder() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    let shape = try model.shape(ofMatrix: LlamaMatrix.gate)
    let huge = try LowRankUpdate(
      tensor: LlamaMatrix.gate,
      u: StoredFactor(
        quantizing: Matrix(
          rows: shape[0], columns: 1,
          elements: (0..<shape[0]).map { $0 == shape[0] - 1 ? 1e30 : 0 }), as: .float32),
      v: StoredFactor(
        quantizing: Matrix(
          rows: 1, columns: shape[1],
          elements: (0..<shape[1]).map { $0 == shape[1] - 1 ? 1e30 : 0 }), as: .float32))
    let (ids, _) = try deltas(3, of: model, in: fixture, seed: 18)
    let bad = try fixture.store.storeDelta([huge], for: model)
    let error = ModelStoreError.weightNotFinite(tensor: LlamaMatrix.gate)
    let before = try fixture.materializer.digests(model: model.id, activeDeltas: ids)
    #expect(throws: error) {
      try fixture.materializer.digests(model: model.id, activeDeltas: ids + [bad])
    }
    #expect(throws: error) {
      try EditedWeights(base: model, compute: fixture.compute).applying([huge])
    }
    #expect(try fixture.materializer.digests(model: model.id, activeDeltas: ids) == before)
  }

  @Test func deltasOfAnotherModelAndMissingOnesAreErrors() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    let other = try fixture.importModel(Golden.path("safetensors/sharded"))
    let (ids, _) = try deltas(1, of: model, in: fixture, seed: 19)
    #expect(throws: ModelStoreError.self) {
      try fixture.materializer.digests(model: other.id, activeDeltas: ids)
    }
    let nowhere = DeltaID(Digest256(words: [1, 2, 3, 4]))
    #expect(
      throws: ObjectStoreError.missing(.object(type: "delta", id: nowhere.digest))
    ) { try fixture.materializer.digests(model: model.id, activeDeltas: [nowhere]) }
  }
}
