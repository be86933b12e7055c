import Foundation
import ModelFiles
import ModelStore
import ObjectModel
import ObjectStore
import Tensors

/// What comes with a model: its configuration, and changes of it.
enum ModelRules {
  /// The sizes of a configuration that is accepted fit each other.
  static func readConfiguration(_ bytes: [UInt8]) {
    guard let configuration = try? ModelConfiguration(text: bytes, path: "fuzz.json") else {
      return
    }
    let sizes = [
      configuration.hiddenSize, configuration.layerCount, configuration.headCount,
      configuration.keyValueHeadCount, configuration.headDimension,
      configuration.intermediateSize, configuration.vocabularySize, configuration.maxPositions,
    ]
    require(sizes.allSatisfy { $0 > 0 }, "a model without a size")
    require(
      configuration.headCount % configuration.keyValueHeadCount == 0,
      "heads that do not share their keys alike")
  }

  /// Changes that are accepted are those of the model: they can be stored, and put together.
  ///
  /// - Parameter bytes: the length of an adapter's configuration in 4 bytes, little-endian; that text; and
  ///   the safetensors file of the factors.
  static func readDelta(_ bytes: [UInt8]) {
    let length = bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let rest = bytes.dropFirst(4)
    let text = Array(rest.prefix(length))
    let path = Scratch.file("adapter_model.safetensors", Array(rest.dropFirst(length)))
    _ = Scratch.file("adapter_config.json", text)
    let (store, model) = (SmallModel.shared.store, SmallModel.shared.model)
    guard let updates = try? DeltaFile.updates(at: path, for: model) else { return }
    do {
      let id = try store.storeDelta(updates, for: model)
      require(
        try store.joining([id, id], for: model).map(\.sources) == [0..<2],
        "factors that cannot be put together")
    } catch {
      require(false, "a delta was read that cannot be stored: \(error)")
    }
  }
}

/// A model of two matrices and a vector, in a directory of the process.
private final class SmallModel: Sendable {
  static let shared = SmallModel()

  let store: ObjectStore
  let model: StoredModel

  private init() {
    do {
      let store = try ObjectStore.create(at: Scratch.path("models"))
      let shapes = [
        "lm_head.weight": [4, 3], "model.layers.0.mlp.up_proj.weight": [3, 2],
        "model.norm.weight": [3],
      ]
      let tensors = try shapes.sorted { $0.key < $1.key }.map { name, shape in
        let zeros = [UInt8](repeating: 0, count: 4 * shape.reduce(1, *))
        return ModelManifest.Tensor(
          name: name, elementType: .float32, shape: shape,
          blob: try store.writeBlob(BlobSource(zeros)))
      }
      let id = try store.put(
        ModelManifest(
          architecture: "LlamaForCausalLM", sourceName: "s", sourceFormat: "safetensors",
          storage: .copied, tensors: tensors, files: []))
      self.store = store
      model = try StoredModel(id: id, store: store)
    } catch {
      fatalError("the model of the fuzzer cannot be made: \(error)")
    }
  }
}
