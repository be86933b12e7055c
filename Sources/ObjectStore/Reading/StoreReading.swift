package import ObjectModel

/// Reads of a store at one moment, whether from a snapshot or inside a write transaction.
package protocol StoreReading: ChainNodeSource {
  /// The bytes at `key`, or `nil` where there are none.
  ///
  /// They lie in the map: those of a snapshot are valid as long as it is, those of a write
  /// transaction until it writes.
  func value(_ database: Database, _ key: [UInt8]) throws -> UnsafeRawBufferPointer?

  /// Calls `body` with key and value of the entries in order of their keys, from the first that is
  /// not below `start` (or backwards from the last that is, of all where `start` is empty), until it
  /// gives `false`.
  func scan(
    _ database: Database, from start: [UInt8], backwards: Bool,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
  ) throws
}

extension StoreReading {
  /// Whether the store has the object of this name.
  package func contains<Kind>(_ id: ObjectID<Kind>) throws -> Bool {
    try value(.objects, id.bytes) != nil
  }

  /// The object of this name, its text checked against it.
  ///
  /// - Throws: ``ObjectStoreError/missing(_:)``, ``ObjectStoreError/corrupted(_:foundHash:)``,
  ///   ``ObjectStoreError/malformed(_:reason:)`` where the name is that of an object of another
  ///   type.
  package func object<Kind>(_ id: ObjectID<Kind>) throws -> Kind {
    let item = StoredItem.object(type: Kind.typeName, id: id.digest)
    guard let bytes = try value(.objects, id.bytes) else { throw ObjectStoreError.missing(item) }
    return try decodeObject(id, bytes)
  }

  /// The object whose text is `bytes`.
  func decodeObject<Kind>(_ id: ObjectID<Kind>, _ bytes: UnsafeRawBufferPointer) throws -> Kind {
    let item = StoredItem.object(type: Kind.typeName, id: id.digest)
    let found = ObjectID<Kind>(ofText: bytes)
    guard found == id else { throw ObjectStoreError.corrupted(item, foundHash: found.hex) }
    do {
      return try Kind.decode(Array(bytes))
    } catch let error as ObjectModelError {
      throw ObjectStoreError.malformed(item, reason: error.reason)
    }
  }

  package func chainNode(_ id: ChainNodeID) throws -> ChainNode { try object(id) }

  /// The properties of the store itself whose names begin with `prefix`, in order of their names.
  package func properties(withPrefix prefix: String) throws -> [(name: String, value: String)] {
    var found: [(name: String, value: String)] = []
    try scan(.properties, from: Array(prefix.utf8), backwards: false) { key, value in
      let name = String(decoding: key, as: UTF8.self)
      guard name.hasPrefix(prefix) else { return false }
      found.append((name, String(decoding: value, as: UTF8.self)))
      return true
    }
    return found
  }

  /// The type of the object of this name, whatever it is, or `nil` where there is none.
  package func typeName(ofObject id: Digest256) throws -> String? {
    try value(.objects, id.bytes).flatMap { canonicalTypeName(of: $0) }
  }

  /// The names, of any type, whose hexadecimal begins with `prefix`, in order, at most `limit` of
  /// them. None where `prefix` is not lower-case hexadecimal of up to 64 digits.
  ///
  /// - Complexity: O(log objects + result).
  package func objectNames(
    withHexPrefix prefix: String, limit: Int
  ) throws -> [(id: Digest256, type: String)] {
    let padded = prefix + (prefix.utf8.count.isMultiple(of: 2) ? "" : "0")
    guard prefix.utf8.count <= 2 * Digest256.byteCount,
      let start = Hexadecimal.decode(padded.utf8), limit > 0
    else { return [] }
    var found: [(id: Digest256, type: String)] = []
    try scan(.objects, from: start, backwards: false) { key, text in
      guard let id = Digest256(bytes: key), Hexadecimal.encode(key).hasPrefix(prefix) else {
        return false
      }
      found.append((id, canonicalTypeName(of: text) ?? ""))
      return found.count < limit
    }
    return found
  }
}
