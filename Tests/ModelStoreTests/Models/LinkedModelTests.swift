import Foundation
import ModelFiles
import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct LinkedModelTests {
  /// A copy of the golden Llama that can be changed.
  private func llama(in directory: TemporaryDirectory) throws -> String {
    let path = directory.path("llama")
    try FileManager.default.copyItem(atPath: Golden.path("archs/llama"), toPath: path)
    return path
  }

  @Test func aLinkedModelHasTheSameWeightsAndStoresNone() throws {
    let fixture = try StoreFixture()
    let path = try llama(in: fixture.directory)
    let linked = try fixture.importModel(path, linking: true)
    #expect(linked.manifest.storage == .linked(path: path))
    // The configuration alone.
    #expect(try fixture.store.statistics().chunkCount == 1)
    let file = try SafetensorsFile(path: path + "/model.safetensors")
    for tensor in file.tensors {
      #expect(
        sameBits(try fixture.floats(linked, tensor.name), try file.floats(named: tensor.name)))
    }
    #expect(try linked.configuration().layerCount == 3)
    try linked.verify()
    try fixture.expectSound()
    #expect(try fixture.importModel(path, linking: true).id == linked.id)
  }

  @Test func aLinkedGGUFIsReadInHuggingFacesRowOrder() throws {
    let fixture = try StoreFixture()
    let gguf = try SmallGGUF(in: fixture.directory)
    let linked = try fixture.importModel(gguf.path, linking: true)
    let copied = try fixture.importModel(gguf.path)
    #expect(linked.id != copied.id)
    for tensor in copied.manifest.tensors {
      let expected = try fixture.floats(copied, tensor.name)
      // The first time checks, the second takes what is known.
      for _ in 0..<2 { #expect(sameBits(try fixture.floats(linked, tensor.name), expected)) }
    }
    try linked.verify()
  }

  @Test func aChangedFileIsFoundAtTheTensorThatDiffers() throws {
    let fixture = try StoreFixture()
    let path = try llama(in: fixture.directory)
    let id = try fixture.importModel(path, linking: true).id
    let weights = path + "/model.safetensors"
    let tensor = try SafetensorsFile(path: weights).tensor(named: LlamaMatrix.gate)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: weights))
    bytes[tensor.byteOffset + 7] ^= 1
    try bytes.write(to: URL(fileURLWithPath: weights))
    let model = try StoredModel(id: id, store: fixture.store)
    let error = ModelStoreError.linkedFileChanged(path: weights, tensor: LlamaMatrix.gate)
    #expect(throws: error) { try model.weight(named: LlamaMatrix.gate) }
    #expect(throws: error) { try model.verify() }
    #expect(try model.weight(named: LlamaMatrix.down).rows > 0)
  }

  @Test func aFileThatWasCutOrIsGoneIsAnErrorAndNoCrash() throws {
    let fixture = try StoreFixture()
    let path = try llama(in: fixture.directory)
    let id = try fixture.importModel(path, linking: true).id
    let weights = path + "/model.safetensors"
    let bytes = try Data(contentsOf: URL(fileURLWithPath: weights))
    try bytes.prefix(3000).write(to: URL(fileURLWithPath: weights))
    #expect(throws: ModelStoreError.linkedFileChanged(path: weights, tensor: LlamaMatrix.gate)) {
      try StoredModel(id: id, store: fixture.store).weight(named: LlamaMatrix.gate)
    }
    try FileManager.default.removeItem(atPath: weights)
    #expect(throws: ModelStoreError.linkedFileMissing(path: weights)) {
      try StoredModel(id: id, store: fixture.store).weight(named: LlamaMatrix.gate)
    }
  }
}
