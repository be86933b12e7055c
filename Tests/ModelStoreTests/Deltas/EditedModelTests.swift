import Foundation
import Ledger
import ModelFiles
import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

/// Edited copies of the tiny Llama, as other tools save them, against the model in the store.
@Suite struct EditedModelTests {
  private static let norm = "model.norm.weight"

  /// A copy of a model's tensors in a file.
  private struct Copy {
    var numbers: [String: [Float]] = [:]
    var shapes: [String: [Int]] = [:]
    var types: [String: ElementType] = [:]

    init(of model: StoredModel, _ fixture: StoreFixture) throws {
      for tensor in model.manifest.tensors {
        numbers[tensor.name] = try fixture.floats(model, tensor.name)
        shapes[tensor.name] = tensor.shape
      }
    }

    func write(to path: String) throws {
      let names = numbers.keys.sorted()
      let writer = try SafetensorsWriter(
        path: path,
        tensors: names.map {
          .init(name: $0, elementType: types[$0] ?? .float32, shape: shapes[$0] ?? [])
        })
      for stored in writer.layout {
        let bytes = try (numbers[stored.name] ?? []).withUnsafeBufferPointer {
          try Narrowing.bytes(of: $0, as: types[stored.name] ?? .float32)
        }
        try bytes.withUnsafeBytes { try writer.append($0, to: stored.name) }
      }
      try writer.finish()
    }
  }

  private func difference(
    _ copy: Copy, from weights: some WeightProvider, _ model: StoredModel, _ fixture: StoreFixture
  ) throws -> ModelDifference {
    let path = fixture.directory.path("edited.safetensors")
    try copy.write(to: path)
    return try fixture.store.storeDifference(
      from: weights, of: model, toModelAt: path, compute: fixture.compute)
  }

  private func begun() throws -> (StoreFixture, StoredModel) {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    _ = try fixture.ledger.commitRoot(model: model.id, message: "Import", fixture.context())
    return (fixture, model)
  }

  /// Each way of changing a tensor, alone in its matrix, and what is unlike all of them.
  @Test func everyTensorComesBackToTheBitInTheFormThatTakesTheLeastRoom() throws {
    let (fixture, model) = try begun()
    var copy = try Copy(of: model, fixture)
    var random = SeededGenerator(seed: 50)
    // A few elements.
    for index in [3, 17, 400] { copy.numbers[LlamaMatrix.gate]?[index] += 0.25 }
    // Numbers that the product below changes exactly.
    let shape = try model.shape(ofMatrix: LlamaMatrix.down)
    copy.numbers[LlamaMatrix.down] = (0..<shape[0] * shape[1]).map { _ in
      Float(Int.random(in: -8...8, using: &random)) / 16
    }
    let base = try difference(copy, from: model, model, fixture)
    _ = try fixture.commit(base.deltas)
    // Everything in another matrix, with noise no factors give.
    copy.numbers[LlamaMatrix.query] = copy.numbers[LlamaMatrix.query]?.map {
      $0 + Float.random(in: -0.1...0.1, using: &random)
    }
    copy.types[LlamaMatrix.query] = .bfloat16
    // A vector.
    copy.numbers[Self.norm]?[2] = -0.0
    let columns = (0..<shape[1]).map { _ in Float(Int.random(in: -4...4, using: &random)) }
    for row in 0..<shape[0] {
      for column in 0..<shape[1] {
        copy.numbers[LlamaMatrix.down]?[row * shape[1] + column] +=
          Float(row % 5 - 2) * columns[column] / 16384
      }
    }
    let head = try fixture.ledger.view().commit(fixture.ledger.view().headCommit())
    let found = try difference(
      copy, from: fixture.materializer.weights(at: head), model, fixture)
    let forms = Dictionary(uniqueKeysWithValues: found.tensors.map { ($0.name, $0) })
    #expect(base.tensors.map(\.form) == ["replacement", "sparse"])
    #expect(forms[LlamaMatrix.query]?.form == "replacement")
    #expect(forms[LlamaMatrix.down]?.form == "low-rank" && forms[LlamaMatrix.down]?.rank == 1)
    // No number that is added gives a negative zero.
    #expect(forms[Self.norm]?.form == "replacement")
    #expect(forms.count == 3)

    let id = try fixture.commit(found.deltas)
    let commit = try fixture.ledger.view().commit(id)
    let weights = try Materializer(store: fixture.store, compute: fixture.compute)
      .weights(at: commit)
    var expected = copy
    expected.numbers[LlamaMatrix.query] = expected.numbers[LlamaMatrix.query]?.map {
      Float(bitPattern: UInt32(Narrowing.bfloat16($0)) << 16)
    }
    for (name, numbers) in expected.numbers {
      #expect(sameBits(try fixture.floats(weights, name), numbers), "\(name)")
    }
    // The next comparison finds nothing, and a revert goes back to the bit.
    #expect(try difference(copy, from: weights, model, fixture).deltas.isEmpty)
    let reverted = try fixture.ledger.revert([id], fixture.context())
    #expect(try fixture.ledger.view().commit(reverted).stateDigests == head.stateDigests)
    #expect(
      try HistoryReplay(store: fixture.store, compute: fixture.compute)
        .verify(fixture.ledger.view().log(from: [reverted]).map(\.id)).isEmpty)
    try fixture.expectSound()
  }

  /// What another tool saves in binary32 after its own arithmetic: a product added in two roundings.
  @Test func aProductThatWasRoundedOtherwiseIsFactorsAndWhatTheyLeaveOver() throws {
    let (fixture, model) = try begun()
    var copy = try Copy(of: model, fixture)
    let shape = try model.shape(ofMatrix: LlamaMatrix.gate)
    var random = SeededGenerator(seed: 51)
    // An edit is small beside what it changes.
    let u = (0..<shape[0]).map { _ in Float.random(in: -0.02...0.02, using: &random) }
    let v = (0..<shape[1]).map { _ in Float.random(in: -0.02...0.02, using: &random) }
    for row in 0..<shape[0] {
      for column in 0..<shape[1] {
        let product = u[row] * v[column]
        copy.numbers[LlamaMatrix.gate]?[row * shape[1] + column] += product
      }
    }
    let found = try difference(copy, from: model, model, fixture)
    let tensor = try #require(found.tensors.first)
    #expect(found.tensors.count == 1 && tensor.bytes < 4 * shape[0] * shape[1])
    #expect(tensor.form == "low-rank" && tensor.rank == 1 && (tensor.elements ?? 0) > 0)
    #expect(found.deltas.count == 2)
    let weights = try fixture.materializer.weights(model: model.id, activeDeltas: found.deltas)
    #expect(
      sameBits(
        try fixture.floats(weights, LlamaMatrix.gate), copy.numbers[LlamaMatrix.gate] ?? []))
  }

  @Test func deltasOfAllFormsAreAppliedInTheChainsOrder() throws {
    let (fixture, model) = try begun()
    var maker = UpdateMaker(seed: 52)
    var copy = try Copy(of: model, fixture)
    copy.numbers[LlamaMatrix.gate] = copy.numbers[LlamaMatrix.gate]?.map { -$0 }
    let replacement = try difference(copy, from: model, model, fixture).deltas
    let update = try maker.update(of: LlamaMatrix.gate, in: model, rank: 3)
    let product = [try fixture.store.storeDelta([update], for: model)]
    func numbers(_ deltas: [DeltaID]) throws -> [Float] {
      try fixture.floats(
        fixture.materializer.weights(model: model.id, activeDeltas: deltas), LlamaMatrix.gate)
    }
    let replaced = try #require(copy.numbers[LlamaMatrix.gate])
    #expect(sameBits(try numbers(product + replacement), replaced))
    var expected = replaced
    applyByScalarLoop(update, to: &expected)
    #expect(sameBits(try numbers(replacement + product), expected))
  }

  @Test func aModelThatIsNoEditedCopyIsRefused() throws {
    let (fixture, model) = try begun()
    let whole = try Copy(of: model, fixture)
    func expect(_ error: ModelStoreError, _ change: (inout Copy) -> Void) {
      var copy = whole
      change(&copy)
      #expect(throws: error) { try difference(copy, from: model, model, fixture) }
    }
    let path = fixture.directory.path("edited.safetensors")
    expect(.editedModelLacks(path: path, tensor: Self.norm)) { $0.numbers[Self.norm] = nil }
    expect(.unknownWeight(tensor: "other")) {
      $0.numbers["other"] = [1]
      $0.shapes["other"] = [1]
    }
    expect(.editedModelNotFinite(path: path, tensor: Self.norm)) {
      $0.numbers[Self.norm]?[0] = .infinity
    }
    let count = whole.numbers[Self.norm]?.count ?? 0
    expect(.deltaDoesNotFit(tensor: Self.norm, expected: [count], found: [1, count])) {
      $0.shapes[Self.norm] = [1, count]
    }
    #expect(
      try fixture.store.snapshot().objectNames(withHexPrefix: "", limit: 100)
        .allSatisfy { $0.type != Delta.typeName })
  }

  /// A delta that came from elsewhere may hold anything: its indices are checked where they are used.
  @Test(arguments: [[2, 1], [1, 1], [0, 1 << 20]])
  func indicesThatAreNotThoseOfElementsInOrderAreRefused(_ indices: [Int]) throws {
    let (fixture, model) = try begun()
    let blobs = try fixture.store.writeBlobs([
      BlobSource(fixture.indexBytes(indices)), BlobSource([UInt8](repeating: 0, count: 8)),
    ])
    let delta = try fixture.store.put(
      Delta(changes: [
        .init(
          tensor: LlamaMatrix.gate,
          form: .sparse(
            .init(
              elementType: .float32, shape: model.shape(ofMatrix: LlamaMatrix.gate), count: 2,
              indices: blobs[0], values: blobs[1])))
      ]))
    #expect(throws: ModelStoreError.malformedIndices(tensor: LlamaMatrix.gate)) {
      try fixture.materializer.digests(model: model.id, activeDeltas: [delta])
    }
  }
}
