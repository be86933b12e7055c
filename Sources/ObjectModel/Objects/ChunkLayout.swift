/// How a blob is cut into chunks: a pure function of its length and the length of its rows, so that
/// the same bytes always give the same chunks.
package struct ChunkLayout: Hashable, Sendable {
  /// The longest chunk, 4 MiB: values much longer than that fragment an LMDB file.
  package static let maximumChunkBytes = 4 << 20

  /// Bytes of the blob.
  package let byteCount: Int
  /// Bytes of every chunk but the last, which has the rest: 1 … byteCount's remainder.
  package let chunkBytes: Int

  /// The layout of `byteCount` bytes that are rows of `rowBytes`: as many whole rows a chunk as fit
  /// into 4 MiB. Where a row is longer than that, or the bytes are no rows (`rowBytes` is 1), chunks
  /// of 4 MiB.
  ///
  /// Values below the range (`byteCount` ≥ 0, `rowBytes` ≥ 1) are raised to it.
  package init(byteCount: Int, rowBytes: Int = 1) {
    let row = max(rowBytes, 1)
    self.byteCount = max(byteCount, 0)
    chunkBytes =
      row <= Self.maximumChunkBytes
      ? Self.maximumChunkBytes / row * row : Self.maximumChunkBytes
  }

  /// The layout with chunks of exactly `chunkBytes`, or `nil` where that is not in 1 … 4 MiB or
  /// `byteCount` is negative.
  package init?(byteCount: Int, chunkBytes: Int) {
    guard byteCount >= 0, (1...Self.maximumChunkBytes).contains(chunkBytes) else { return nil }
    self.byteCount = byteCount
    self.chunkBytes = chunkBytes
  }

  /// The number of chunks; none where there are no bytes.
  package var chunkCount: Int {
    byteCount / chunkBytes + (byteCount.isMultiple(of: chunkBytes) ? 0 : 1)
  }

  /// The bytes of the blob that chunk `index` (in `0..<chunkCount`) holds.
  package func range(ofChunk index: Int) -> Range<Int> {
    let start = index * chunkBytes
    return start..<min(start + chunkBytes, byteCount)
  }
}
