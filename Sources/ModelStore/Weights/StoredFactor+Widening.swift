import Tensors

extension StoredFactor {
  /// The factor in its own type, or exactly widened to binary32.
  func widened(to type: ElementType) throws -> StoredFactor {
    guard type != elementType else { return self }
    return try StoredFactor(
      quantizing: Compute(threads: 1).widened(view()), as: .float32)
  }

  /// Bytes of one row.
  var rowBytes: Int { columns * elementType.bytesPerBlock }
}
