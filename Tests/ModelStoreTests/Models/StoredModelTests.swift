import Foundation
import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct StoredModelTests {
  @Test func whatAModelHasNotIsNamed() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    #expect(throws: ModelStoreError.unknownWeight(tensor: "nope")) {
      try model.weight(named: "nope")
    }
    #expect(throws: ModelStoreError.missingFile(name: "tokenizer.json")) {
      try model.file(named: "tokenizer.json")
    }
    #expect(
      throws: ModelStoreError.notAWeightMatrix(tensor: "model.norm.weight", shape: [48])
    ) { try model.shape(ofMatrix: "model.norm.weight") }
  }

  @Test func viewsOutliveTheModelAndItsSnapshot() throws {
    let fixture = try StoreFixture()
    let expected = try fixture.floats(fixture.importLlama(), LlamaMatrix.gate)
    let view: WeightView
    do {
      let id = try fixture.importLlama().id
      let model = try StoredModel(id: id, store: fixture.store)
      view = try model.weight(named: LlamaMatrix.gate)
      try model.renewSnapshot()
    }
    for number in 0..<50 {
      let bytes = Array(repeating: UInt8(number), count: 100_000)
      _ = try fixture.store.writeBlob(BlobSource(bytes))
    }
    #expect(sameBits(fixture.compute.widened(view).elements, expected))
  }

  /// A snapshot that is never renewed keeps every page that a commit frees: the file would grow by
  /// the pages of each step.
  @Test func aLongRunDoesNotGrowTheFileByMoreThanWhatItStores() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    var maker = UpdateMaker(seed: 1)
    let delta = try fixture.store.storeDelta(
      [maker.update(of: LlamaMatrix.gate, in: model, rank: 1)], for: model)
    let name = try #require(ReferenceName("r"))
    let tag = { (number: Int) throws -> EncodedObject<ObjectModel.Tag> in
      try ObjectModel.Tag(
        target: ObjectID(model.id.digest), name: "t", message: "", time: number, author: ""
      )
      .encoded()
    }
    func step(_ number: Int) throws {
      let old = try fixture.store.snapshot().reference(name)
      let next = try tag(number % 2)
      try fixture.store.write { transaction in
        try transaction.put(next)
        try transaction.setReference(name, from: old, to: .tag(next.id))
      }
      _ = try fixture.materializer.weights(model: model.id, activeDeltas: [delta])
    }
    for number in 0..<50 { try step(number) }
    let before = try fixture.store.statistics().fileBytes
    for number in 0..<400 { try step(number) }
    #expect(try fixture.store.statistics().fileBytes <= before + 16 * 4096)
  }

  @Test func aMatrixWhoseRowsAreLongerThanAChunkIsReadWhole() throws {
    let fixture = try StoreFixture()
    let columns = (5 << 20) / 4
    let numbers = (0..<2 * columns).map { Float($0) }
    let path = fixture.directory.path("wide.safetensors")
    try writeSafetensors(
      path, [("w", .float32, [2, columns], numbers.withUnsafeBytes { Array($0) })])
    let model = try fixture.importModel(path)
    #expect(try model.tensor(named: "w").blob.chunks.count == 3)
    #expect(sameBits(try fixture.floats(model, "w"), numbers))
  }
}
