import Foundation
import ModelFiles
import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

/// SmolLM2-135M in GGUF, 93 MB.
@Suite struct RealModelTests {
  @Test func theStoredModelIsTheFileAndTakesItsSpaceOnce() throws {
    let fixture = try StoreFixture()
    let path = try RealModel.path
    let file = try GGUFFile(path: path)
    let model = try fixture.importModel(path)
    let bytes = model.manifest.tensors.map(\.blob.byteCount).reduce(0, +)
    #expect(file.tensors.map(\.byteCount).reduce(0, +) == bytes)
    let size = try fixture.store.statistics().fileBytes
    let wanted = bytes + model.manifest.files.map(\.blob.byteCount).reduce(0, +)
    #expect(size < wanted * 103 / 100, "\(size) bytes for \(wanted)")
    #expect(try fixture.importModel(path).id == model.id)
    #expect(try fixture.store.statistics().fileBytes < size + (1 << 20))

    let configuration = try model.configuration()
    #expect(configuration.hiddenSize == 576 && configuration.layerCount == 30)
    #expect(model.manifest.files.map(\.name).contains("tokenizer.json"))
    for stored in file.tensors {
      let name = SmallGGUF.huggingFaceName(stored.name)
      let tensor = try model.tensor(named: name)
      #expect(tensor.elementType == stored.type.elementType)
      var expected = Array(file.bytes(of: stored))
      if stored.name.contains("attn_q") || stored.name.contains("attn_k") {
        expected = SmallGGUF.unpermuted(
          expected, columns: stored.byteCount / stored.shape[0],
          headDimension: configuration.headDimension)
      }
      #expect(tensor.blob.sha256 == expected.withUnsafeBytes { ContentHash(of: $0) }, "\(name)")
    }
  }

  /// The digests of dequantised matrices, each against a scalar reading of the blocks.
  @Test(arguments: [
    ("model.layers.29.mlp.down_proj.weight", "blk.29.ffn_down.weight"),
    ("model.layers.0.mlp.gate_proj.weight", "blk.0.ffn_gate.weight"),
    ("model.embed_tokens.weight", "token_embd.weight"),
  ])
  func dequantisedMatricesHaveTheDigestsOfTheBlocksValues(
    _ name: String, _ stored: String
  ) throws {
    let fixture = try StoreFixture()
    let path = try RealModel.path
    let file = try GGUFFile(path: path)
    let tensor = try #require(file[stored])
    let numbers = try decodeBlocks(Array(file.bytes(of: tensor)), tensor.type.name)
    let linked = try fixture.importModel(path, linking: true)
    #expect(digest(try fixture.floats(linked, name)) == digest(numbers))
    var maker = UpdateMaker(seed: 3)
    let update = try maker.update(of: name, in: linked, rank: 3, as: .bfloat16)
    let delta = try fixture.store.storeDelta([update], for: linked)
    var edited = numbers
    applyByScalarLoop(update, to: &edited)
    #expect(
      try fixture.materializer.digests(model: linked.id, activeDeltas: [delta])
        == [name: digest(edited)])
  }

  /// The numbers of blocks of 32, as GGML's definitions have them.
  private func decodeBlocks(_ bytes: [UInt8], _ type: String) throws -> [Float] {
    func half(_ place: Int) -> Float {
      Float(Float16(bitPattern: UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8))
    }
    var numbers: [Float] = []
    switch type {
    case "Q8_0":
      for block in stride(from: 0, to: bytes.count, by: 34) {
        for index in 0..<32 {
          numbers.append(half(block) * Float(Int8(bitPattern: bytes[block + 2 + index])))
        }
      }
    case "Q4_1":
      for block in stride(from: 0, to: bytes.count, by: 20) {
        for index in 0..<32 {
          let byte = bytes[block + 4 + index % 16]
          let code = index < 16 ? byte & 15 : byte >> 4
          numbers.append(half(block) * Float(code) + half(block + 2))
        }
      }
    default: throw UnexpectedType(name: type)
    }
    return numbers
  }

  private struct UnexpectedType: Error {
    let name: String
  }
}
