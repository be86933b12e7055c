import Foundation
package import ObjectModel

/// Reads and writes inside one write transaction; see ``ObjectStore/write(_:)``. It must not be kept
/// or passed to another thread.
package struct WriteTransaction: StoreReading {
  let transaction: RawTransaction

  package func value(_ database: Database, _ key: [UInt8]) throws -> UnsafeRawBufferPointer? {
    try transaction.value(database, key)
  }

  package func scan(
    _ database: Database, from start: [UInt8], backwards: Bool,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    try transaction.scan(database, from: start, backwards: backwards, body)
  }

  /// The number of this transaction.
  var number: Int { transaction.number }

  /// Writes an object, unless it is there. Everything that it names must be there before it, in this
  /// transaction or an earlier one: so nothing in the store ever lacks what it names.
  ///
  /// - Throws: ``ObjectStoreError/missing(_:)`` for what is not there.
  package func put<Kind>(_ object: EncodedObject<Kind>) throws {
    let isThere = try object.text.withUnsafeBytes { text in
      if let found = try value(.objects, object.id.bytes), areEqual(found, text) { return true }
      // A damaged text under this name is replaced by what the name says.
      try transaction.put(.objects, object.id.bytes, text)
      return false
    }
    try unmark(.object(object.id.digest))
    guard !isThere else { return }
    let links = try ObjectInspection.links(
      of: object.id.digest, type: Kind.typeName, in: self)
    for link in links.objects { try require(link) }
    for chunk in links.blobs.flatMap(\.chunks) where try value(.chunks, chunk.bytes) == nil {
      throw ObjectStoreError.missing(.chunk(chunk))
    }
  }

  private func require(_ link: ObjectInspection.Link) throws {
    guard try value(.objects, link.id.bytes) != nil else {
      throw ObjectStoreError.missing(.object(type: link.type, id: link.id))
    }
  }

  /// Takes away the mark of what is being written again.
  func unmark(_ mark: GarbageMark) throws { try setProperty(mark.propertyName, to: nil) }

  /// Writes a chunk, unless it is there.
  ///
  /// - Throws: ``ObjectStoreError/collision(_:)``.
  func put(_ id: ChunkID, _ bytes: UnsafeRawBufferPointer) throws {
    if let found = try value(.chunks, id.bytes) {
      if areEqual(found, bytes) { return try unmark(.chunk(id)) }
      // XXH3 is no cryptographic hash, so two contents of one name can be made. Were the second
      // taken for the first, a model would silently have other weights.
      guard ChunkID(contentDigest(of: found)) != id else { throw ObjectStoreError.collision(id) }
    }
    try transaction.put(.chunks, id.bytes, bytes)
    try unmark(.chunk(id))
  }

  /// Sets a reference, or removes it where `new` is `nil`, provided that it is what the caller takes
  /// it to be.
  ///
  /// - Throws: ``ObjectStoreError/referenceChanged(_:expected:found:)``;
  ///   ``ObjectStoreError/missing(_:)`` where the object that it is to name is not there.
  package func setReference(
    _ name: ReferenceName, from expected: Reference?, to new: Reference?
  ) throws {
    let found = try reference(name)
    guard found == expected else {
      throw ObjectStoreError.referenceChanged(name, expected: expected, found: found)
    }
    if let link = new.flatMap({ ObjectInspection.link(of: $0) }) {
      try require(link)
      try unmark(.object(link.id))
    }
    let key = Array(name.text.utf8)
    if let new {
      try putSummed(.references, key, Array(new.text.utf8))
    } else {
      try removeSummed(.references, key)
    }
  }

  /// Sets a property of the store itself, or removes it where `value` is `nil`.
  package func setProperty(_ name: String, to value: String?) throws {
    if let value {
      try putSummed(.properties, Array(name.utf8), Array(value.utf8))
    } else {
      try removeSummed(.properties, Array(name.utf8))
    }
  }

  /// Appends to the operation log and gives the entry's number; the first is 1.
  @discardableResult
  package func append(_ operation: LoggedOperation) throws -> Int {
    let number = try lastOperationNumber() + 1
    try putSummed(.operations, operationKey(number), operation.encoded().text)
    return number
  }
}

/// Whether two buffers hold the same bytes; `elementsEqual` would go byte by byte through chunks.
private func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
  guard left.count == right.count else { return false }
  guard let first = left.baseAddress, let second = right.baseAddress else { return true }
  return memcmp(first, second, left.count) == 0
}
