package import ObjectModel
package import ObjectStore

/// What is to travel, in an order in which it can be taken in: what is named before what names it.
package struct Inventory: Sendable, Hashable {
  package struct Entry: Sendable, Hashable {
    package let item: PackItem
    /// Of the chunk or the text.
    package let byteCount: Int

    package init(item: PackItem, byteCount: Int) {
      self.item = item
      self.byteCount = byteCount
    }
  }

  /// The most entries: chunks of 16 TiB.
  package static let maximumEntries = 1 << 22
  /// Bytes that go into one pack, as far as entries can be cut there; what is lost where a transfer
  /// breaks off is less than that.
  package static let partBytes = 64 << 20
  /// The most entries of one pack.
  package static let partEntries = 1 << 16

  package var entries: [Entry]

  package init(_ entries: [Entry] = []) {
    self.entries = entries
  }

  package var byteCount: Int { entries.reduce(0) { $0 + $1.byteCount } }

  /// The entries that a store has not.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func missing(in reader: some StoreReading) throws -> Inventory {
    Inventory(try entries.filter { try reader.byteCount(of: $0.item) == nil })
  }

  /// Runs of entries that travel in one pack each.
  package func parts(bytes limit: Int = partBytes) -> [ArraySlice<Entry>] {
    var parts: [ArraySlice<Entry>] = []
    var (start, bytes) = (0, 0)
    for (index, entry) in entries.enumerated() {
      if index > start, bytes + entry.byteCount > limit || index - start == Self.partEntries {
        parts.append(entries[start..<index])
        (start, bytes) = (index, 0)
      }
      bytes += entry.byteCount
    }
    if start < entries.count { parts.append(entries[start...]) }
    return parts
  }
}

extension LedgerView {
  /// Everything that references lead to, but for what commits and models lead to that the other side has.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(objects that the references and what is left out lead to).
  package func inventory(
    of references: [Reference], excluding excluded: [CommitID], models: [ModelID] = []
  ) throws -> Inventory {
    var walk = ObjectWalk(in: snapshot)
    try walk.add(
      excluded.map { .init(type: Commit.typeName, id: $0.digest) }
        + models.map { .init(type: ModelManifest.typeName, id: $0.digest) })
    var inventory = Inventory()
    func add(_ item: PackItem, _ stored: StoredItem) throws {
      guard let bytes = try snapshot.byteCount(of: item) else {
        throw ObjectStoreError.missing(stored)
      }
      inventory.entries.append(.init(item: item, byteCount: bytes))
    }
    try walk.add(references.compactMap { ObjectInspection.link(of: $0) }) { link, chunks in
      try Task.checkCancellation()
      for chunk in chunks { try add(.chunk(chunk), .chunk(chunk)) }
      try add(.object(link.id), .object(type: link.type, id: link.id))
    }
    return inventory
  }

  /// The ledger as it is now, for long transfers, so that they do not keep pages from being used again.
  func renewed() throws -> LedgerView { LedgerView(try snapshot.store.snapshot()) }

  /// Writes a pack of entries, which follow each other in an inventory of this ledger.
  ///
  /// - Parameter progress: called with the bytes of the entries written so far.
  /// - Returns: bytes written.
  /// - Throws: ``ObjectStoreError``, what `write` and `progress` throw.
  @discardableResult
  package func writePack(
    _ entries: some Sequence<Inventory.Entry>, header: [UInt8]? = nil,
    progress: (_ bytes: Int) throws -> Void = { _ in },
    write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Int {
    var writer = try PackWriter(header: header, write: write)
    var bytes = 0
    for entry in entries {
      try Task.checkCancellation()
      try writer.put(entry.item, of: snapshot)
      bytes += entry.byteCount
      try progress(bytes)
    }
    try writer.finish()
    return writer.byteCount
  }
}
