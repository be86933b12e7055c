import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct SafetensorsCheckpointTests {
  @Test func shardsAreJoined() throws {
    struct Expected: Decodable {
      let tensors: [String: [Int]]
      let parameterCount: Int

      enum CodingKeys: String, CodingKey {
        case tensors
        case parameterCount = "n_parameters"
      }
    }
    let expected = try Golden.json(Expected.self, "safetensors/sharded-expected.json")
    let checkpoint = try SafetensorsCheckpoint(path: Golden.path("safetensors/sharded"))
    #expect(checkpoint.files.count == 2)
    let shapes = checkpoint.entries.map { ($0.tensor.name, $0.tensor.shape) }
    #expect(Dictionary(uniqueKeysWithValues: shapes) == expected.tensors)
    #expect(checkpoint.entries.reduce(0) { $0 + $1.tensor.count } == expected.parameterCount)
    #expect(try checkpoint.entry(named: "lm_head.weight").file.path.hasSuffix("00002.safetensors"))
    #expect(try checkpoint.entry(named: "lm_head.weight").bytes.count == 64 * 16 * 4)
    #expect(throws: ModelFileError.missingTensor(path: checkpoint.path, tensor: "nope")) {
      try checkpoint.entry(named: "nope")
    }
  }

  @Test func aSingleFileIsACheckpointByItselfOrInItsDirectory() throws {
    let directory = try SafetensorsCheckpoint(path: Golden.path("archs/llama"))
    let file = try SafetensorsCheckpoint(path: Golden.path("archs/llama/model.safetensors"))
    #expect(directory.entries.map(\.tensor) == file.entries.map(\.tensor))
    #expect(directory["model.norm.weight"]?.tensor.shape == [48])
  }

  @Test func aDirectoryWithoutWeightsIsNoModel() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: ModelFileError.notAModel(path: directory.path)) {
      try SafetensorsCheckpoint(path: directory.path)
    }
  }

  @Test func everyMalformedIndexIsRefused() throws {
    let entries = try SafetensorsIndex.load().malformedIndex
    #expect(entries.count == 9)
    for entry in entries {
      let directory = try shards(withIndex: entry.file)
      let index = directory.path(SafetensorsCheckpoint.indexFileName)
      if entry.mustReject == false {
        let checkpoint = try SafetensorsCheckpoint(path: directory.path)
        #expect(checkpoint.entries.count < 21)
        continue
      }
      do {
        _ = try SafetensorsCheckpoint(path: directory.path)
        Issue.record("\(entry) was read: \(entry.fault)")
      } catch ModelFileError.malformedShardIndex(let path, _) {
        #expect(path == index)
      } catch ModelFileError.malformedJSON(let path, let fault, _) {
        #expect(path == index)
        #expect(entry.file.contains("invalid_json"), "\(entry) \(fault)")
      }
    }
  }

  @Test(arguments: [
    ("missing_shard", ShardIndexFault.missingShard("model-00003-of-00003.safetensors")),
    ("no_weight_map", .noWeightMap), ("weight_map_not_object", .noWeightMap),
  ])
  func theFaultNamesTheShard(file: String, fault: ShardIndexFault) throws {
    let directory = try shards(withIndex: "malformed_index/\(file).json")
    let index = directory.path(SafetensorsCheckpoint.indexFileName)
    #expect(throws: ModelFileError.malformedShardIndex(path: index, fault: fault)) {
      try SafetensorsCheckpoint(path: directory.path)
    }
  }

  /// The golden shards beside another index.
  private func shards(withIndex index: String) throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    for shard in ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] {
      try Golden.data("safetensors/sharded/\(shard)")
        .write(to: URL(fileURLWithPath: directory.path(shard)))
    }
    try Golden.data("safetensors/\(index)")
      .write(to: URL(fileURLWithPath: directory.path(SafetensorsCheckpoint.indexFileName)))
    return directory
  }
}
