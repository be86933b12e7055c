import ObjectModel
import ObjectStore
import Tensors

/// Numbers to add to some elements of one tensor.
package struct SparseUpdate: Sendable, Equatable {
  /// The weight's name.
  package let tensor: String
  package let shape: [Int]
  /// Into the elements in row order, increasing.
  package internal(set) var indices: [Int]
  /// In the order of the indices.
  package internal(set) var values: [Float]

  package init(tensor: String, shape: [Int], indices: [Int] = [], values: [Float] = []) {
    self.tensor = tensor
    self.shape = shape
    self.indices = indices
    self.values = values
  }

  /// BF16 where that holds every value as it is, as it does what rounding leaves over, else F32.
  var elementType: ElementType {
    values.allSatisfy { $0.bitPattern & 0xFFFF == 0 } ? .bfloat16 : .float32
  }

  /// Bytes of indices and values; indices of more than 2³² elements take twice as much.
  var byteCount: Int { indices.count * (4 + elementType.bytesPerBlock) }

  /// The update at half its size: exact, but for the least subnormal numbers.
  func halved() -> SparseUpdate {
    var half = self
    for index in half.values.indices { half.values[index] *= 0.5 }
    return half
  }
}

extension ObjectStore {
  /// Writes the bytes of a sparse change.
  ///
  /// - Returns: what a delta says of them.
  /// - Throws: ``ObjectStore/ObjectStoreError``.
  func write(_ update: SparseUpdate) throws -> Delta.Sparse {
    let type = update.elementType
    let isLong = (elementCount(ofShape: update.shape) ?? 0) > 1 << 32
    var indices: [UInt8] = []
    for index in update.indices {
      if isLong {
        withUnsafeBytes(of: UInt64(index).littleEndian) { indices += $0 }
      } else {
        withUnsafeBytes(of: UInt32(index).littleEndian) { indices += $0 }
      }
    }
    let values = try update.values.withUnsafeBufferPointer {
      try Narrowing.bytes(of: $0, as: type)
    }
    let blobs = try writeBlobs([BlobSource(indices), BlobSource(values)])
    return Delta.Sparse(
      elementType: type, shape: update.shape, count: update.indices.count, indices: blobs[0],
      values: blobs[1])
  }
}
