package import ObjectModel

/// The content whose bytes a check hashes anew.
package enum HashedContent: Sendable {
  case nothing
  /// Every chunk with XXH3-128, every blob with SHA-256, every snapshot of a state.
  case everything
  /// These chunks, and the blobs that have one of them: enough where all else has just been hashed.
  case chunks(Set<ChunkID>)

  func includes(_ chunk: ChunkID) -> Bool {
    switch self {
    case .nothing: false
    case .everything: true
    case .chunks(let chunks): chunks.contains(chunk)
    }
  }

  func includes(_ blob: Blob) -> Bool {
    switch self {
    case .nothing: false
    case .everything: true
    case .chunks(let chunks): blob.chunks.contains { chunks.contains($0) }
    }
  }
}
