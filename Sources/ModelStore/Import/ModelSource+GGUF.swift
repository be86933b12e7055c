import Foundation
import ModelFiles

extension ModelSource {
  /// Opens a GGUF file; its configuration and tokenizer files are made from its metadata.
  ///
  /// - Parameter path: as the user gave it, for errors.
  init(gguf url: URL, path: String) throws {
    let model = try GGUFModel(path: url.path)
    self.init(
      name: url.lastPathComponent, format: .gguf, directory: url.deletingLastPathComponent().path)
    architecture = model.configuration.architecture.className
    tensors = try model.tensors.map { tensor in
      try Self.requireStorable(tensor.stored, path: path)
      return Tensor(
        name: tensor.name, elementType: tensor.elementType, shape: tensor.shape,
        bytes: tensor.storedBytes, rowOrder: tensor.rowOrder, file: model.file.file,
        byteOffset: tensor.stored.byteOffset)
    }
    files = [SideFile(name: HuggingFaceFile.configuration, content: .made(model.configurationText))]
    do {
      let tokenizer = try model.tokenizerText()
      let tokenizerConfiguration = try model.tokenizerConfigurationText()
      files += [
        SideFile(name: HuggingFaceFile.tokenizer, content: .made(tokenizer)),
        SideFile(
          name: HuggingFaceFile.tokenizerConfiguration, content: .made(tokenizerConfiguration)),
      ]
    } catch let error as ModelFileError {
      // A model without a tokenizer that can be used here still has weights to edit.
      omissions.append(error)
    }
  }
}
