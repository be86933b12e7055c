package import ObjectModel

/// The name of a thing that packs bring.
package enum PackItem: Hashable, Sendable {
  case chunk(ChunkID)
  case object(Digest256)
}

extension PackEntry {
  /// What the entry is called; `nil` for a header.
  package var item: PackItem? {
    switch self {
    case .header: nil
    case .chunk(let id, _): .chunk(id)
    case .object(let id, _): .object(id)
    }
  }
}

extension StoreReading {
  /// Bytes of the chunk or text of this name, or `nil` where the store has it not.
  package func byteCount(of item: PackItem) throws -> Int? {
    switch item {
    case .chunk(let id): try value(.chunks, id.bytes)?.count
    case .object(let id): try value(.objects, id.bytes)?.count
    }
  }
}

extension PackWriter {
  /// Writes a thing that a store has; see ``object(_:_:)`` for the order.
  ///
  /// - Throws: ``ObjectStoreError``, what writing throws.
  package mutating func put(_ item: PackItem, of snapshot: ReadSnapshot) throws {
    switch item {
    case .chunk(let id): try chunk(id, snapshot.chunk(id))
    case .object(let id):
      guard let text = try snapshot.value(.objects, id.bytes) else {
        throw ObjectStoreError.missing(.object(type: "object", id: id))
      }
      try object(id, text)
    }
  }
}
