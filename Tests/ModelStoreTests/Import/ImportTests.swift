import Foundation
import ModelFiles
import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct ImportTests {
  @Test(arguments: ["archs/llama", "archs/llama/model.safetensors", "safetensors/sharded"])
  func aSafetensorsModelIsInTheStoreByteForByte(_ name: String) throws {
    let fixture = try StoreFixture()
    let path = Golden.path(name)
    let model = try fixture.importModel(path)
    let checkpoint = try SafetensorsCheckpoint(path: path)
    #expect(model.manifest.tensors.count == checkpoint.entries.count)
    #expect(model.manifest.architecture == "LlamaForCausalLM")
    #expect(model.manifest.sourceFormat == "safetensors")
    let snapshot = try fixture.store.snapshot()
    for entry in checkpoint.entries {
      let tensor = try model.tensor(named: entry.tensor.name)
      #expect(tensor.elementType == entry.tensor.elementType)
      #expect(tensor.shape == entry.tensor.shape)
      #expect(tensor.blob.sha256 == ContentHash(of: entry.bytes))
      #expect(try snapshot.readBlob(tensor.blob).elementsEqual(entry.bytes))
    }
    let directory = name.hasSuffix(".safetensors") ? Golden.path("archs/llama") : path
    let configuration = try Data(contentsOf: URL(fileURLWithPath: directory + "/config.json"))
    #expect(try model.file(named: "config.json") == Array(configuration))
    #expect(try model.configuration().layerCount > 0)
    try model.verify()
    try fixture.expectSound()
  }

  @Test func importingAgainAddsNothing() throws {
    let fixture = try StoreFixture()
    let first = try fixture.importLlama().id
    let before = try fixture.store.statistics()
    #expect(try fixture.importLlama().id == first)
    let after = try fixture.store.statistics()
    #expect(after.chunkCount == before.chunkCount && after.objectCount == before.objectCount)
  }

  @Test func aGGUFsTensorsAreHuggingFacesWithTheirBytesAsTheyWere() throws {
    let fixture = try StoreFixture()
    let gguf = try SmallGGUF(in: fixture.directory)
    let model = try fixture.importModel(gguf.path)
    let file = try GGUFFile(path: gguf.path)
    #expect(model.manifest.tensors.count == 21 && file.tensors.count == 21)
    #expect(
      Set(model.manifest.tensors.map(\.elementType))
        == [
          .float32, .float16, .bfloat16, .eightBitBlocks, .fourBitBlocks, .fourBitBlocksWithMinimum,
        ])
    for stored in file.tensors {
      let tensor = try model.tensor(named: SmallGGUF.huggingFaceName(stored.name))
      #expect(tensor.elementType == stored.type.elementType)
      var numbers = try gguf.expected.floats(named: stored.name)
      if stored.name.contains("attn_q") || stored.name.contains("attn_k") {
        numbers = SmallGGUF.unpermuted(numbers, columns: 32)
      } else {
        #expect(tensor.blob.sha256 == ContentHash(of: file.bytes(of: stored)))
      }
      #expect(sameBits(try fixture.floats(model, tensor.name), numbers), "\(tensor.name)")
    }
    #expect(try model.configuration().headDimension == SmallGGUF.headDimension)
  }

  @Test func aTokenizerThatCannotBeUsedIsReportedAndTheRestImported() throws {
    let fixture = try StoreFixture()
    let gguf = try SmallGGUF(in: fixture.directory)
    let result = try ModelImporter(store: fixture.store).importModel(at: gguf.path)
    #expect(!result.omissions.isEmpty)
    #expect(result.manifest.files.map(\.name) == ["config.json"])
  }

  @Test func aWeightInATypeThatCannotBeReadIsNamed() throws {
    let fixture = try StoreFixture()
    let path = Golden.path("gguf/tiny-llama-mixed.gguf")
    #expect(
      throws: ModelFileError.unsupportedElementType(
        path: path, tensor: "output.weight", type: "Q5_1")
    ) { try fixture.importModel(path) }
    #expect(try fixture.store.statistics().objectCount == 0)
  }

  @Test func tablesOfIntegersAreKeptAndIntegerWeightsRefused() throws {
    let fixture = try StoreFixture()
    let path = fixture.directory.path("tables.safetensors")
    let ids: [UInt8] = Array(0..<24)
    try writeSafetensors(
      path,
      [
        ("position_ids", .int64, [1, 3], ids), ("mask", .bool, [2, 2], [0, 1, 1, 0]),
        ("a.weight", .float32, [1, 1], zeros(1, .float32)), ("empty", .float32, [0, 4], []),
        ("scalar", .bfloat16, [], zeros(1, .bfloat16)),
      ])
    let model = try fixture.importModel(path)
    #expect(model.manifest.architecture == "unknown")
    let table = try model.tensor(named: "position_ids")
    #expect(try fixture.store.snapshot().readBlob(table.blob) == ids)
    #expect(throws: TensorError.notAWeightType(.int64)) {
      try model.weight(named: "position_ids")
    }
    #expect(try model.weight(named: "scalar").columns == 1)
    #expect(try model.weight(named: "empty").rows == 0)
    #expect(throws: ModelStoreError.notAWeightMatrix(tensor: "mask", shape: [2, 2])) {
      try model.shape(ofMatrix: "mask")
    }

    for (name, type) in [
      ("b.weight", ElementType.int8), ("table", .float64), ("b.weight", .float8e4m3),
    ] {
      try writeSafetensors(path, [(name, type, [2, 2], zeros(4, type))])
      #expect(
        throws: ModelFileError.unsupportedElementType(path: path, tensor: name, type: type.rawValue)
      ) { try fixture.importModel(path) }
    }
  }

  @Test func whatIsNoModelIsSaidToBeNone() throws {
    let fixture = try StoreFixture()
    let text = fixture.directory.path("notes.txt")
    try Data("not a model".utf8).write(to: URL(fileURLWithPath: text))
    #expect(throws: ModelFileError.notAModel(path: text)) { try fixture.importModel(text) }
    let empty = fixture.directory.path
    #expect(throws: ModelFileError.notAModel(path: empty)) { try fixture.importModel(empty) }
    let missing = fixture.directory.path("none.gguf")
    #expect(throws: ModelFileError.inputOutput(path: missing, errno: ENOENT)) {
      try fixture.importModel(missing)
    }
  }

  @Test func progressGoesForwardToTheEnd() throws {
    let fixture = try StoreFixture()
    var seen: [TransferProgress] = []
    let result = try ModelImporter(store: fixture.store).importModel(
      at: Golden.path("archs/llama")
    ) { seen.append($0) }
    let bytes =
      result.manifest.tensors.map(\.blob.byteCount).reduce(0, +)
      + result.manifest.files.map(\.blob.byteCount).reduce(0, +)
    #expect(seen.last == TransferProgress(bytesDone: bytes, bytesTotal: bytes))
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.bytesDone <= $1.bytesDone })
    // It is at the end only when all is done, but for the report of the end itself.
    #expect(seen.dropLast(2).allSatisfy { $0.bytesDone < bytes })
  }
}
