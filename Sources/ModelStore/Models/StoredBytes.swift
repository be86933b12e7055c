import ObjectModel
import Tensors

/// The bytes of a stored tensor or factor, read where they lie.
struct StoredBytes {
  /// In order; all but the last as long as the layout's chunks.
  let segments: [UnsafeRawBufferPointer]
  /// Keeps the bytes alive and unchanged.
  let owner: AnyObject

  /// A matrix over the bytes.
  ///
  /// Chunks hold whole rows unless a row is longer than a chunk may be; only then the bytes are
  /// copied.
  ///
  /// - Throws: ``Tensors/TensorError``.
  func view(elementType: ElementType, rows: Int, columns: Int) throws -> WeightView {
    let rowBytes = elementType.byteCount(elements: columns) ?? 0
    let holdsWholeRows = rowBytes > 0 && segments.allSatisfy { $0.count.isMultiple(of: rowBytes) }
    guard holdsWholeRows || segments.isEmpty else {
      let joined = ByteStorage(copying: segments.flatMap { Array($0) })
      return try WeightView(
        elementType: elementType, rows: rows, columns: columns, parts: [joined.bytes],
        owner: joined)
    }
    return try WeightView(
      elementType: elementType, rows: rows, columns: columns, parts: segments, owner: owner)
  }
}
