import Tensors

/// A GGUF file of version 2 or 3, mapped and checked.
///
/// Opening checks metadata and tensor directory against the length of the file; afterwards every
/// listed tensor is known to lie inside it. Tensor bytes are not read.
package final class GGUFFile: Sendable {
  package let file: MappedFile
  package let version: UInt32
  package let metadata: GGUFMetadata
  /// In the order of the directory.
  package let tensors: [GGUFTensor]

  private let positions: [UTF8Key: Int]

  /// Whether the file at `path` begins as a GGUF file does.
  ///
  /// - Throws: `ModelFileError.inputOutput`.
  package static func isGGUF(path: String) throws -> Bool {
    let file = try MappedFile(path: path)
    return withExtendedLifetime(file) { file.bytes.starts(with: GGUFDirectory.magic) }
  }

  /// Opens the file at `path`.
  ///
  /// - Throws: `ModelFileError.inputOutput`, `ModelFileError.malformedGGUF`.
  /// - Complexity: O(*n*) in the bytes of metadata and directory.
  package init(path: String) throws {
    file = try MappedFile(path: path)
    do {
      let directory = try GGUFDirectory(file: file.bytes)
      version = directory.version
      metadata = GGUFMetadata(path: path, entries: directory.metadata)
      tensors = directory.tensors
    } catch {
      throw ModelFileError.malformedGGUF(path: path, fault: error.fault, offset: error.offset)
    }
    positions = Dictionary(
      tensors.enumerated().map { (UTF8Key($1.name), $0) }, uniquingKeysWith: { first, _ in first })
  }

  package var path: String { file.path }

  /// The tensor of that name, or `nil`.
  package subscript(name: String) -> GGUFTensor? {
    positions[UTF8Key(name)].map { tensors[$0] }
  }

  /// The bytes of one of this file's tensors, not copied; valid while this object lives.
  package func bytes(of tensor: GGUFTensor) -> UnsafeRawBufferPointer {
    let range = tensor.byteOffset..<(tensor.byteOffset + tensor.byteCount)
    return UnsafeRawBufferPointer(rebasing: file.bytes[range])
  }

  /// The tensor of that name as a weight.
  ///
  /// - Throws: `ModelFileError.missingTensor`; `ModelFileError.unsupportedElementType` for a type
  ///   that cannot hold weights here (`Q5_0`, `Q4_K`, `Q6_K`, integers and so on).
  package func weight(named name: String) throws -> StoredTensor {
    guard let tensor = self[name] else {
      throw ModelFileError.missingTensor(path: path, tensor: name)
    }
    return try weight(tensor)
  }

  /// A listed tensor as a weight; throws as ``weight(named:)``.
  package func weight(_ tensor: GGUFTensor) throws -> StoredTensor {
    guard let elementType = tensor.type.elementType, elementType.isWeightType else {
      throw ModelFileError.unsupportedElementType(
        path: path, tensor: tensor.name, type: tensor.type.name)
    }
    return StoredTensor(
      name: tensor.name, elementType: elementType, shape: tensor.shape,
      byteOffset: tensor.byteOffset, byteCount: tensor.byteCount)
  }
}
