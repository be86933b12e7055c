import ModelFiles

/// The rows of a stored tensor in another order, without a copy of the whole.
struct GatheredRows {
  private let bytes: UnsafeRawBufferPointer
  private let order: RowOrder
  private let rowBytes: Int

  /// - Parameters:
  ///   - bytes: the tensor as stored: rows of the first dimension, which for a vector are elements.
  ///   - order: where each row of the result lies.
  init(bytes: UnsafeRawBufferPointer, shape: [Int], order: RowOrder) {
    self.bytes = bytes
    self.order = order
    let rows = shape.first ?? 1
    rowBytes = rows > 0 ? bytes.count / rows : 0
  }

  /// A copy of all rows.
  func copied() throws -> ByteStorage {
    var gathered: [UInt8] = []
    try withBytes(0..<bytes.count) { gathered = Array($0) }
    return ByteStorage(copying: gathered)
  }

  /// Calls `body` with the bytes of `range` of the result.
  ///
  /// - Complexity: O(range), and a copy of it where rows have to move.
  func withBytes(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard order != .asStored, rowBytes > 0 else {
      try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
      return
    }
    var gathered: [UInt8] = []
    gathered.reserveCapacity(range.count)
    var place = range.lowerBound
    while place < range.upperBound {
      let (row, skipped) = place.quotientAndRemainder(dividingBy: rowBytes)
      let count = min(rowBytes - skipped, range.upperBound - place)
      let start = order.storedRow(for: row) * rowBytes + skipped
      gathered.append(contentsOf: bytes[start..<start + count])
      place += count
    }
    try gathered.withUnsafeBytes(body)
  }
}
