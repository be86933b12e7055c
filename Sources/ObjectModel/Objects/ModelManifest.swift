package import Tensors

/// A model's base weights: every tensor with its type, shape and bytes, and the files beside them.
package struct ModelManifest: CanonicalObject {
  package static let typeName = "model"

  /// Where the weights' bytes lie.
  package enum Storage: Hashable, Sendable {
    /// In the store's chunks.
    case copied
    /// In the model's own files below `path`; the blobs' hashes and chunk names tell whether those
    /// are still what was imported.
    case linked(path: String)
  }

  /// Where a linked tensor's bytes begin.
  package struct Location: Hashable, Sendable {
    /// A file, relative to the path of the storage.
    package let file: String
    package let byteOffset: Int

    package init(file: String, byteOffset: Int) {
      self.file = file
      self.byteOffset = byteOffset
    }
  }

  /// One weight tensor.
  package struct Tensor: Hashable, Sendable {
    package let name: String
    package let elementType: ElementType
    /// Outermost dimension first, as safetensors has it.
    package let shape: [Int]
    package let blob: Blob
    /// Set where, and only where, the model is linked.
    package let location: Location?

    package init(
      name: String, elementType: ElementType, shape: [Int], blob: Blob, location: Location? = nil
    ) {
      self.name = name
      self.elementType = elementType
      self.shape = shape
      self.blob = blob
      self.location = location
    }
  }

  /// The class of the model, as its configuration names it.
  package let architecture: String
  /// The name of the file or directory it came from, without its path.
  package let sourceName: String
  /// The format it came in, a bare word such as `gguf`.
  package let sourceFormat: String
  package let storage: Storage
  /// Sorted by the UTF-8 of the names.
  package let tensors: [Tensor]
  /// Files kept as they were, such as `config.json`; sorted by the UTF-8 of the names.
  package let files: [NamedBlob]

  /// A manifest; tensors and files are put into order here.
  package init(
    architecture: String, sourceName: String, sourceFormat: String, storage: Storage,
    tensors: [Tensor], files: [NamedBlob]
  ) {
    self.architecture = architecture
    self.sourceName = sourceName
    self.sourceFormat = sourceFormat
    self.storage = storage
    self.tensors = tensors.sorted { precedesInUTF8($0.name, $1.name) }
    self.files = files.sorted { precedesInUTF8($0.name, $1.name) }
  }

  /// The tensor of this name.
  ///
  /// - Complexity: O(log of the number of tensors).
  package func tensor(named name: String) -> Tensor? {
    var range = tensors.indices
    while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
      if precedesInUTF8(tensors[middle].name, name) {
        range = (middle + 1)..<range.upperBound
      } else {
        range = range.lowerBound..<middle
      }
    }
    let index = range.lowerBound
    guard index < tensors.count, tensors[index].name.utf8.elementsEqual(name.utf8) else {
      return nil
    }
    return tensors[index]
  }

  /// The tensor that a name written by hand stands for: with or without `.weight`.
  package func tensor(written name: String) -> Tensor? {
    tensor(named: name) ?? tensor(named: "\(name)\(Self.weightEnding)")
  }

  /// What the names of weights end in.
  package static let weightEnding = ".weight"

  package func validate() throws {
    guard isCanonicalToken(sourceFormat) else { throw invalid("the source format is not a word") }
    try requireIncreasing(tensors.map(\.name), "tensor")
    try requireIncreasing(files.map(\.name), "file")
    // Exports write files by these names, and linked models are read by theirs: a manifest from elsewhere
    // must not lead out of the directory.
    for file in files where !PathRules.isFileName(file.name) {
      throw invalid("\"\(file.name)\" is no name of a file")
    }
    for file in tensors.compactMap(\.location?.file) where !PathRules.isPathBelow(file) {
      throw invalid("\"\(file)\" is no path below the model's")
    }
    for tensor in tensors {
      guard tensor.shape.count <= CanonicalLimits.dimensions else {
        throw invalid("tensor \"\(tensor.name)\" has too many dimensions")
      }
      guard byteCount(ofShape: tensor.shape, type: tensor.elementType) == tensor.blob.byteCount
      else { throw invalid("tensor \"\(tensor.name)\" has not the bytes of its shape") }
      switch (storage, tensor.location) {
      case (.copied, nil): break
      case (.linked, let location?) where location.byteOffset >= 0: break
      default: throw invalid("tensor \"\(tensor.name)\" does not lie where the model does")
      }
    }
  }

  package func write(to writer: inout CanonicalWriter) {
    writer.field("architecture", .text(architecture))
    writer.field("source", .text(sourceName), .token(sourceFormat))
    switch storage {
    case .copied: writer.field("storage", .token("copied"))
    case .linked(let path): writer.field("storage", .token("linked"), .text(path))
    }
    for tensor in tensors {
      writer.field(
        "tensor",
        [.text(tensor.name), .token(tensor.elementType.rawValue)]
          + tensor.shape.map { .integer($0) })
      writer.field("data", tensor.blob)
      if let location = tensor.location {
        writer.field("location", .text(location.file), .integer(location.byteOffset))
      }
    }
    for file in files { writer.field("file", file) }
  }

  package init(from reader: inout CanonicalReader) throws {
    architecture = try reader.field("architecture") { try $0.text() }
    (sourceName, sourceFormat) = try reader.field("source") { (try $0.text(), try $0.token()) }
    storage = try reader.field("storage") { values in
      switch try values.token() {
      case "copied": return .copied
      case "linked": return .linked(path: try values.text())
      default: throw values.malformed("an unknown kind of storage")
      }
    }
    var tensors: [Tensor] = []
    while let (name, type, shape) = try reader.optionalField(
      "tensor", { (try $0.text(), try $0.elementType(), try $0.shape()) })
    {
      let blob = try reader.field("data") { try $0.blob() }
      let location = try reader.optionalField("location") { values in
        Location(file: try values.text(), byteOffset: try values.count())
      }
      tensors.append(
        Tensor(name: name, elementType: type, shape: shape, blob: blob, location: location))
    }
    self.tensors = tensors
    files = try reader.fields("file") { try $0.namedBlob() }
  }
}

extension CanonicalObject {
  /// Refuses names that are not in strictly increasing order of their UTF-8.
  func requireIncreasing(_ names: [String], _ what: String) throws {
    for (name, next) in zip(names, names.dropFirst()) where !precedesInUTF8(name, next) {
      throw invalid("\(what) \"\(next)\" is there twice or out of order")
    }
  }

  /// Refuses a name that is there twice.
  func requireDistinct(_ names: [String], _ what: String) throws {
    try requireIncreasing(names.sorted(by: precedesInUTF8), what)
  }
}
