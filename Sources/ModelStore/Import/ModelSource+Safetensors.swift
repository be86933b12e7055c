import Foundation
import ModelFiles

/// Names of the files that lie beside the weights in a Hugging Face model directory.
enum HuggingFaceFile {
  static let configuration = "config.json"
  static let tokenizer = "tokenizer.json"
  static let tokenizerConfiguration = "tokenizer_config.json"

  /// The files that an import keeps and an export gives back.
  static let kept = [
    configuration, "generation_config.json", tokenizer, tokenizerConfiguration,
    "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "tokenizer.model",
    "chat_template.jinja", "chat_template.json",
  ]
}

extension ModelSource {
  /// Opens a `.safetensors` file or a directory of them.
  ///
  /// The files beside a single file count as its own where `config.json` is one of them. A model
  /// without a configuration can be stored and edited by given deltas, though not be run.
  init(safetensors url: URL, isDirectory: Bool) throws {
    let checkpoint = try SafetensorsCheckpoint(path: url.path)
    self.init(
      name: url.lastPathComponent, format: .safetensors,
      directory: isDirectory ? url.path : url.deletingLastPathComponent().path)
    tensors = try checkpoint.entries.map { entry in
      try Self.requireStorable(entry.tensor, path: entry.file.path)
      return Tensor(
        name: entry.tensor.name, elementType: entry.tensor.elementType, shape: entry.tensor.shape,
        bytes: entry.bytes, rowOrder: .asStored, file: entry.file.file,
        byteOffset: entry.tensor.byteOffset)
    }
    let configuration = "\(directory)/\(HuggingFaceFile.configuration)"
    guard FileManager.default.fileExists(atPath: configuration) else { return }
    architecture = try Self.architecture(configuration: configuration)
    for name in HuggingFaceFile.kept {
      let path = "\(directory)/\(name)"
      guard FileManager.default.fileExists(atPath: path) else { continue }
      files.append(SideFile(name: name, content: .mapped(try MappedFile(path: path))))
    }
  }

  /// The class that a `config.json` names, or its `model_type`. Whether such a model can be run is
  /// not asked: any model can be stored.
  private static func architecture(configuration path: String) throws -> String {
    let object = try JSONValue.parse(contentsOf: path).objectValue
    guard let object else {
      throw ModelFileError.invalidValue(
        path: path, key: "", fault: .wrongKind(expected: "object"))
    }
    return object["architectures"]?.arrayValue?.first?.stringValue
      ?? object["model_type"]?.stringValue ?? "unknown"
  }
}
