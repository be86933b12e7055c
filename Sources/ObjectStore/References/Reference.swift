package import ObjectModel

/// What a reference's name stands for.
///
/// In the store it is one of the texts `commit HEX`, `tag HEX` and `symbolic NAME`.
package enum Reference: Hashable, Sendable {
  case commit(CommitID)
  case tag(TagID)
  /// Another reference, which need not exist.
  case symbolic(ReferenceName)

  /// The reference that `text` spells, or `nil` where it spells none.
  package init?(text: String) {
    let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let value = String(parts[1])
    switch parts[0] {
    case "commit":
      guard let id = CommitID(hex: value) else { return nil }
      self = .commit(id)
    case "tag":
      guard let id = TagID(hex: value) else { return nil }
      self = .tag(id)
    case "symbolic":
      guard let name = ReferenceName(value) else { return nil }
      self = .symbolic(name)
    default:
      return nil
    }
  }

  package var text: String {
    switch self {
    case .commit(let id): "commit \(id.hex)"
    case .tag(let id): "tag \(id.hex)"
    case .symbolic(let name): "symbolic \(name.text)"
    }
  }
}

extension StoreReading {
  /// What `name` stands for, or `nil` where there is no such reference.
  ///
  /// - Throws: ``ObjectStoreError/malformed(_:reason:)``.
  package func reference(_ name: ReferenceName) throws -> Reference? {
    try value(.references, Array(name.text.utf8)).map { try decodeReference(name, $0) }
  }

  /// The references whose names begin with `prefix`, in order of their names.
  ///
  /// - Throws: ``ObjectStoreError/malformed(_:reason:)``.
  package func references(
    withPrefix prefix: String = ""
  ) throws -> [(name: ReferenceName, value: Reference)] {
    let start = Array(prefix.utf8)
    var found: [(name: ReferenceName, value: Reference)] = []
    try scan(.references, from: start, backwards: false) { key, value in
      guard key.starts(with: start) else { return false }
      let text = String(decoding: key, as: UTF8.self)
      guard let name = ReferenceName(text) else {
        throw ObjectStoreError.malformed(
          .property(name: text), reason: "not the name of a reference")
      }
      found.append((name, try decodeReference(name, value)))
      return true
    }
    return found
  }

  private func decodeReference(
    _ name: ReferenceName, _ bytes: UnsafeRawBufferPointer
  ) throws -> Reference {
    guard let reference = Reference(text: String(decoding: bytes, as: UTF8.self)) else {
      throw ObjectStoreError.malformed(.reference(name), reason: "not a reference")
    }
    return reference
  }
}
