package import ObjectModel
package import ObjectStore

/// What a pack in a depot holds, so that nobody has to get it to know.
package struct DepotIndex: CanonicalObject {
  package static let typeName = "pack-index"

  /// The SHA-256 of the pack, which is its name.
  package var pack: ContentHash
  /// Of the pack.
  package var byteCount: Int
  /// Indexes of the packs that have what this one's objects name and it has not itself, sorted.
  package var requires: [ContentHash]
  /// In the pack's order.
  package var items: [PackItem]

  package init(pack: ContentHash, byteCount: Int, requires: Set<ContentHash>, items: [PackItem]) {
    self.pack = pack
    self.byteCount = byteCount
    self.requires = requires.sorted()
    self.items = items
  }

  package func write(to writer: inout CanonicalWriter) {
    writer.field("pack", .identifier(pack))
    writer.field("bytes", .integer(byteCount))
    for index in requires { writer.field("requires", .identifier(index)) }
    for item in items {
      switch item {
      case .chunk(let id): writer.field("chunk", .identifier(id))
      case .object(let id): writer.field("object", .identifier(ContentHash(id)))
      }
    }
  }

  package init(from reader: inout CanonicalReader) throws {
    pack = try reader.field("pack") { try $0.identifier() }
    byteCount = try reader.field("bytes") { try $0.count() }
    requires = try reader.fields("requires") { try $0.identifier() }
    items = []
    while true {
      if let chunk = try reader.optionalField("chunk", { try $0.identifier(ChunkID.self) }) {
        items.append(.chunk(chunk))
      } else if let object = try reader.optionalField(
        "object", { try $0.identifier(ContentHash.self) })
      {
        items.append(.object(object.digest))
      } else {
        return
      }
    }
  }

  package func validate() throws {
    for (index, next) in zip(requires, requires.dropFirst()) where !(index < next) {
      throw invalid("required indexes are not sorted")
    }
    guard items.count <= Inventory.partEntries else { throw invalid("too many entries") }
  }
}
