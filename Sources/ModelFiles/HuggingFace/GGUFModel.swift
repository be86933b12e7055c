package import Tensors

/// A Llama model in a GGUF file, seen as Hugging Face would lay it out.
///
/// All texts are made from the metadata alone, and the same metadata gives the same texts.
package struct GGUFModel: Sendable {
  /// A tensor under its Hugging Face name and shape.
  package struct Tensor: Sendable {
    package let name: String
    package let elementType: ElementType
    package let shape: [Int]
    /// The stored tensor, whose rows ``rowOrder`` puts in place.
    package let stored: StoredTensor
    package let rowOrder: RowOrder
    fileprivate let file: GGUFFile

    /// All bytes as stored: those of the tensor where ``rowOrder`` is `asStored`, its rows in
    /// another order otherwise. Valid while the file lives.
    package var storedBytes: UnsafeRawBufferPointer {
      let start = stored.byteOffset
      return UnsafeRawBufferPointer(
        rebasing: file.file.bytes[start..<(start + stored.byteCount)])
    }

    /// Rows of a matrix; elements of a vector, whose rows are single elements.
    package var rowCount: Int { shape.first ?? 1 }

    package var bytesPerRow: Int { rowCount == 0 ? 0 : stored.byteCount / rowCount }

    /// The bytes of one row of the result, valid while the file lives.
    package func row(_ row: Int) -> UnsafeRawBufferPointer {
      let start = rowOrder.storedRow(for: row) * bytesPerRow
      return UnsafeRawBufferPointer(rebasing: storedBytes[start..<(start + bytesPerRow)])
    }
  }

  package let file: GGUFFile
  package let configuration: ModelConfiguration
  /// `config.json`, ending in a line feed.
  package let configurationText: String
  /// Sorted by name, byte by byte.
  package let tensors: [Tensor]

  /// Opens the file at `path`; throws as ``GGUFFile`` and ``init(file:)``.
  package init(path: String) throws {
    try self.init(file: GGUFFile(path: path))
  }

  /// - Throws: `ModelFileError.unsupportedFeature` for another architecture than Llama or a variant
  ///   of it (experts, scaled frequencies) and for tensors that a Llama model does not have;
  ///   `ModelFileError.unsupportedElementType` naming the first tensor whose type cannot hold
  ///   weights; `ModelFileError.invalidValue`, `.missingTensor`, `.unexpectedShape`.
  package init(file: GGUFFile) throws {
    try self.init(file: file, refusingUnsupportedTypes: true)
  }

  /// With `refusingUnsupportedTypes` false, tensors whose type cannot hold weights are left out, so
  /// that a file can be described that cannot be imported.
  package init(file: GGUFFile, refusingUnsupportedTypes: Bool) throws {
    self.file = file
    let json = try GGUFConfiguration(file: file).json
    configurationText = json.text(indented: true) + "\n"
    configuration = try ModelConfiguration(json: json, path: file.path)
    var tensors: [Tensor] = []
    for tensor in file.tensors {
      let usable = tensor.type.elementType?.isWeightType ?? false
      if usable || refusingUnsupportedTypes {
        tensors.append(try Self.tensor(tensor, in: file, configuration))
      }
    }
    self.tensors = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private static func tensor(
    _ tensor: GGUFTensor, in file: GGUFFile, _ configuration: ModelConfiguration
  ) throws -> Tensor {
    guard
      let name = HuggingFaceTensorName.name(
        forGGUF: tensor.name, layerCount: configuration.layerCount)
    else {
      throw ModelFileError.unsupportedFeature(path: file.path, feature: "tensor '\(tensor.name)'")
    }
    let stored = try file.weight(tensor)
    let heads: Int? =
      if name.contains(".q_proj.") {
        configuration.headCount
      } else if name.contains(".k_proj.") {
        configuration.keyValueHeadCount
      } else {
        nil
      }
    if let heads {
      guard tensor.shape.first == heads * configuration.headDimension else {
        throw ModelFileError.unexpectedShape(
          path: file.path, tensor: tensor.name, shape: tensor.shape)
      }
    }
    return Tensor(
      name: name, elementType: stored.elementType, shape: stored.shape, stored: stored,
      rowOrder: heads == nil
        ? .asStored : .interleavedHalves(headDimension: configuration.headDimension),
      file: file)
  }
}
