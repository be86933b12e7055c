import ObjectModel

/// Bytes to be written as a blob, handed out range by range, so that a model need not be in memory.
package struct BlobSource {
  /// Bytes of the blob.
  package let byteCount: Int
  /// Bytes of a row, for the chunk rule; 1 where the bytes are no rows.
  package let rowBytes: Int
  /// Calls the function with the bytes of a range. It may be asked twice for the same range, and
  /// must give the same bytes.
  private let read: (Range<Int>, (UnsafeRawBufferPointer) throws -> Void) throws -> Void

  /// A source whose bytes `read` hands out: mapped files, rows gathered in another order.
  package init(
    byteCount: Int, rowBytes: Int = 1,
    read: @escaping (Range<Int>, (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) {
    self.byteCount = byteCount
    self.rowBytes = rowBytes
    self.read = read
  }

  /// A source of bytes in memory, which must stay valid until the blob is written.
  package init(_ bytes: UnsafeRawBufferPointer, rowBytes: Int = 1) {
    self.init(byteCount: bytes.count, rowBytes: rowBytes) { range, body in
      try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
  }

  /// A source of bytes in an array.
  package init(_ bytes: [UInt8], rowBytes: Int = 1) {
    self.init(byteCount: bytes.count, rowBytes: rowBytes) { range, body in
      try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
  }

  func withBytes(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try read(range) { bytes in
      guard bytes.count == range.count else {
        throw ObjectStoreError.malformed(
          .property(name: "blob source"),
          reason: "\(bytes.count) bytes in place of \(range.count)")
      }
      try body(bytes)
    }
  }
}
