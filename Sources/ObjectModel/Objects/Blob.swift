/// Bytes of any length, kept as chunks.
///
/// In canonical text a blob is a run of values of one field: the number of bytes, the number of
/// bytes of a chunk, the SHA-256 of all bytes, and the chunks' names in order.
package struct Blob: Hashable, Sendable {
  package let layout: ChunkLayout
  /// The SHA-256 of all bytes.
  package let sha256: ContentHash
  /// The chunks in order; as many as the layout asks for.
  package let chunks: [ChunkID]

  package var byteCount: Int { layout.byteCount }

  /// A blob of these chunks, or `nil` where their number is not the layout's.
  package init?(layout: ChunkLayout, sha256: ContentHash, chunks: [ChunkID]) {
    guard chunks.count == layout.chunkCount else { return nil }
    self.layout = layout
    self.sha256 = sha256
    self.chunks = chunks
  }

  var canonicalValues: [CanonicalValue] {
    [.integer(byteCount), .integer(layout.chunkBytes), .identifier(sha256)]
      + chunks.map { .identifier($0) }
  }
}

/// A blob with a name, such as a file beside a model's weights.
package struct NamedBlob: Hashable, Sendable {
  package let name: String
  package let blob: Blob

  package init(name: String, blob: Blob) {
    self.name = name
    self.blob = blob
  }
}

extension CanonicalWriter {
  mutating func field(_ name: String, _ blob: Blob) {
    field(name, blob.canonicalValues)
  }

  mutating func field(_ name: String, _ file: NamedBlob) {
    field(name, [.text(file.name)] + file.blob.canonicalValues)
  }
}

extension CanonicalFieldReader {
  mutating func blob() throws -> Blob {
    let byteCount = try count()
    guard let layout = ChunkLayout(byteCount: byteCount, chunkBytes: try integer()) else {
      throw malformed("chunks of an impossible length")
    }
    let sha256 = try identifier(ContentHash.self)
    var chunks: [ChunkID] = []
    while !isAtEnd { chunks.append(try identifier()) }
    guard let blob = Blob(layout: layout, sha256: sha256, chunks: chunks) else {
      throw malformed("\(chunks.count) chunks in place of \(layout.chunkCount)")
    }
    return blob
  }

  mutating func namedBlob() throws -> NamedBlob {
    NamedBlob(name: try text(), blob: try blob())
  }
}
