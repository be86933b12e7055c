package import ObjectModel

extension ObjectStore {
  /// A chunk whose name is known, waiting for the transaction that writes it.
  private struct PendingChunk {
    let id: ChunkID
    let source: Int
    let range: Range<Int>
  }

  /// Writes `sources` as blobs, in transactions of at most ``transactionBytes``.
  ///
  /// Chunks that some of these transactions have written stay where a later one fails; nothing names
  /// them, and writing them again costs nothing.
  ///
  /// - Parameter progress: called after each transaction with the bytes handled so far; where it
  ///   throws, the rest is not written.
  /// - Throws: what the sources or `progress` throw; ``ObjectStoreError/collision(_:)``;
  ///   as ``write(_:)``.
  /// - Complexity: O(bytes).
  package func writeBlobs(
    _ sources: [BlobSource], progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> [Blob] {
    var pending: [PendingChunk] = []
    var pendingBytes = 0
    var finishedBytes = 0

    func flush() throws {
      guard !pending.isEmpty else { return }
      try write { transaction in
        for chunk in pending {
          try sources[chunk.source].withBytes(chunk.range) { try transaction.put(chunk.id, $0) }
        }
      }
      for chunk in pending { markVerified(chunk.id) }
      finishedBytes += pendingBytes
      pending.removeAll(keepingCapacity: true)
      pendingBytes = 0
      try progress(finishedBytes)
    }

    var blobs: [Blob] = []
    for (index, source) in sources.enumerated() {
      let layout = ChunkLayout(byteCount: source.byteCount, rowBytes: source.rowBytes)
      blobs.append(
        try Self.describe(source, layout) { id, range in
          if pendingBytes + range.count > Self.transactionBytes { try flush() }
          pending.append(PendingChunk(id: id, source: index, range: range))
          pendingBytes += range.count
        })
    }
    try flush()
    return blobs
  }

  /// Writes `bytes` as a blob; see ``writeBlobs(_:progress:)``.
  package func writeBlob(_ bytes: UnsafeRawBufferPointer, rowBytes: Int = 1) throws -> Blob {
    try writeBlob(BlobSource(bytes, rowBytes: rowBytes))
  }

  /// Writes one blob; see ``writeBlobs(_:progress:)``.
  package func writeBlob(_ source: BlobSource) throws -> Blob {
    guard let blob = try writeBlobs([source]).first else {
      throw ObjectStoreError.malformed(.property(name: "blob source"), reason: "no bytes")
    }
    return blob
  }

  /// The blob that `source` would be written as, without writing it: for bytes that stay in the
  /// model's own files.
  ///
  /// - Throws: what the source throws.
  /// - Complexity: O(bytes).
  package static func describeBlob(_ source: BlobSource) throws -> Blob {
    try describe(source, ChunkLayout(byteCount: source.byteCount, rowBytes: source.rowBytes))
  }

  /// Computes names and hash of a blob, and calls `body` with each chunk's name and range.
  private static func describe(
    _ source: BlobSource, _ layout: ChunkLayout,
    _ body: (ChunkID, Range<Int>) throws -> Void = { _, _ in }
  ) throws -> Blob {
    var hasher = ContentHasher()
    var chunks: [ChunkID] = []
    for index in 0..<layout.chunkCount {
      let range = layout.range(ofChunk: index)
      var id: ChunkID?
      try source.withBytes(range) { bytes in
        hasher.update(bytes)
        id = ChunkID(contentDigest(of: bytes))
      }
      if let id {
        chunks.append(id)
        try body(id, range)
      }
    }
    guard let blob = Blob(layout: layout, sha256: hasher.value, chunks: chunks) else {
      throw ObjectStoreError.malformed(
        .property(name: "blob source"), reason: "it handed out no bytes for a range")
    }
    return blob
  }
}
