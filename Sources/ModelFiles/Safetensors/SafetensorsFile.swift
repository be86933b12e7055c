import Tensors

/// One safetensors file, mapped and checked.
///
/// Opening checks the whole header against the format and the length of the file; afterwards every
/// listed tensor is known to lie inside the file. The bytes themselves are not read.
package final class SafetensorsFile: Sendable {
  package let file: MappedFile
  /// The free-form texts under `__metadata__`.
  package let metadata: [String: String]
  /// In the order of their bytes in the file.
  package let tensors: [StoredTensor]

  private let positions: [UTF8Key: Int]

  /// Opens the file at `path`.
  ///
  /// - Throws: `ModelFileError.inputOutput`, `ModelFileError.malformedSafetensors`.
  /// - Complexity: O(*h* + *n* log *n*) for *h* bytes of header and *n* tensors.
  package init(path: String) throws {
    file = try MappedFile(path: path)
    do {
      let header = try SafetensorsHeader(file: file.bytes)
      metadata = header.metadata
      tensors = header.tensors
    } catch {
      throw ModelFileError.malformedSafetensors(path: path, fault: error)
    }
    positions = Dictionary(
      tensors.enumerated().map { (UTF8Key($1.name), $0) }, uniquingKeysWith: { first, _ in first })
  }

  package var path: String { file.path }

  /// The names of all tensors, in the order of their bytes.
  package var names: [String] { tensors.map(\.name) }

  /// The tensor of that name, or `nil`.
  package subscript(name: String) -> StoredTensor? {
    positions[UTF8Key(name)].map { tensors[$0] }
  }

  /// The tensor of that name.
  ///
  /// - Throws: `ModelFileError.missingTensor`.
  package func tensor(named name: String) throws -> StoredTensor {
    guard let tensor = self[name] else {
      throw ModelFileError.missingTensor(path: path, tensor: name)
    }
    return tensor
  }

  /// The bytes of one of this file's tensors: little-endian, row-major, not copied, not necessarily
  /// aligned. Valid while this object lives.
  package func bytes(of tensor: StoredTensor) -> UnsafeRawBufferPointer {
    let range = tensor.byteOffset..<(tensor.byteOffset + tensor.byteCount)
    return UnsafeRawBufferPointer(rebasing: file.bytes[range])
  }

  /// The bytes of the tensor of that name, as ``bytes(of:)`` gives them.
  ///
  /// - Throws: `ModelFileError.missingTensor`.
  package func bytes(named name: String) throws -> UnsafeRawBufferPointer {
    bytes(of: try tensor(named: name))
  }

  /// A copy of the elements of an F32 tensor, row-major.
  ///
  /// - Throws: `ModelFileError.missingTensor`; `ModelFileError.unsupportedElementType` where the
  ///   tensor is of another type, which is never converted here.
  package func floats(named name: String) throws -> [Float] {
    let tensor = try tensor(named: name)
    guard tensor.elementType == .float32 else {
      throw ModelFileError.unsupportedElementType(
        path: path, tensor: name, type: tensor.elementType.rawValue)
    }
    let bytes = bytes(of: tensor)
    return (0..<tensor.count).map { index in
      Float(
        bitPattern: UInt32(
          littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
    }
  }
}
