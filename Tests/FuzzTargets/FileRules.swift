import Editing
import LanguageModel
import ModelFiles
import ObjectModel
import Tensors

/// Files of models and of facts.
enum FileRules {
  static func parseJSON(_ bytes: [UInt8]) {
    _ = try? JSONValue.parse(bytes, path: "fuzz.json")
  }

  /// The tensors of a file that is accepted lie in it, each as long as its shape says.
  static func openSafetensors(_ bytes: [UInt8]) {
    guard let file = try? SafetensorsFile(path: Scratch.file("fuzz.safetensors", bytes)) else {
      return
    }
    for tensor in file.tensors {
      let found = file.bytes(of: tensor)
      let elements = tensor.shape.reduce(1, *)
      require(
        tensor.elementType.byteCount(elements: elements) == found.count,
        "a tensor has another length than its shape")
      require(found.count <= bytes.count, "a tensor is longer than its file")
      // Reading what is outside the file would end the process.
      _ = found.first.map { $0 &+ (found.last ?? 0) }
    }
  }

  static func openGGUF(_ bytes: [UInt8]) {
    guard let file = try? GGUFFile(path: Scratch.file("fuzz.gguf", bytes)) else { return }
    for tensor in file.tensors {
      let found = file.bytes(of: tensor)
      require(found.count <= bytes.count, "a tensor is longer than its file")
      _ = found.first.map { $0 &+ (found.last ?? 0) }
    }
    if let model = try? GGUFModel(file: file) { _ = try? Tokenizer(model) }
  }

  /// A tokenizer gives ids of its own vocabulary.
  static func readTokenizer(_ bytes: [UInt8]) {
    guard let tokenizer = try? Tokenizer(text: bytes, path: "fuzz.json") else { return }
    let text = "Hello, wörld <|im_end|>\n 123  don't\u{301}"
    for special in [true, false] {
      let ids = tokenizer.encode(
        text, recognisesSpecialTokens: special, addsSpecialTokens: special)
      require(
        ids.allSatisfy { (0..<tokenizer.vocabularySize).contains($0) },
        "an id outside the vocabulary")
    }
  }

  /// Records have what an edit needs, and files end.
  static func readFacts(_ bytes: [UInt8]) {
    let path = Scratch.file("fuzz.json", bytes)
    // Chunks of a few bytes, so that every place is one where a chunk ends.
    for chunk in [1 << 16, 7] {
      guard let reader = try? FactsReader(path: path, chunkSize: chunk) else { return }
      while let entry = (try? reader.next()) ?? nil {
        require(!entry.record.prompt.isEmpty, "a record without a prompt")
        require(
          entry.record.target.utf8.first == 0x20
            && entry.record.target.utf8.dropFirst().first != 0x20,
          "a target that does not begin with one space")
      }
    }
  }
}
