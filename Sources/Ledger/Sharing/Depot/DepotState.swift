package import ObjectModel
package import ObjectStore

/// What a depot holds at one moment: the packs, and what its names stand for. States are never changed; a
/// push adds the next one.
package struct DepotState: CanonicalObject {
  package static let typeName = "depot"

  /// From 1.
  package var generation: Int
  /// The states that this one follows: one, none at the beginning, more where pushes got past each other.
  package var parents: [ContentHash]
  /// The branch that a clone is to be on.
  package var head: String?
  /// Sorted by name, each once.
  package var references: [NamedReference]
  /// The indexes of its packs; one comes after those of packs that it builds on.
  package var indexes: [ContentHash]

  package init(
    generation: Int, parents: [ContentHash], head: String?, references: [NamedReference],
    indexes: [ContentHash]
  ) {
    self.generation = generation
    self.parents = parents.sorted()
    self.head = head
    self.references = references.sorted { $0.name < $1.name }
    self.indexes = indexes
  }

  package func write(to writer: inout CanonicalWriter) {
    writer.field("generation", .integer(generation))
    for parent in parents { writer.field("parent", .identifier(parent)) }
    if let head { writer.field("head", .text(head)) }
    writer.references(references)
    for index in indexes { writer.field("index", .identifier(index)) }
  }

  package init(from reader: inout CanonicalReader) throws {
    generation = try reader.field("generation") { try $0.count() }
    parents = try reader.fields("parent") { try $0.identifier() }
    head = try reader.optionalField("head") { try $0.text() }
    references = try reader.references()
    indexes = try reader.fields("index") { try $0.identifier() }
  }

  package func validate() throws {
    guard DepotStateName.generations.contains(generation) else {
      throw invalid("generations count from 1, in ten digits")
    }
    for (parent, next) in zip(parents, parents.dropFirst()) where !(parent < next) {
      throw invalid("parents are not sorted")
    }
    if let head, (try? LedgerNames.branch(head)) == nil { throw invalid("no name of a branch") }
    if let fault = NamedReference.fault(in: references) { throw invalid(fault) }
    guard Set(indexes).count == indexes.count else { throw invalid("an index is there twice") }
  }

  package subscript(name: ReferenceName) -> Reference? {
    references.first { $0.name == name }?.value
  }

  var listing: RemoteListing { RemoteListing(head: head, references: references) }
}

/// A state's file name: its generation in ten digits, and the SHA-256 of its text.
struct DepotStateName: Hashable, Comparable {
  static let generations = 1...9_999_999_999

  let generation: Int
  let hash: ContentHash

  init(generation: Int, hash: ContentHash) {
    self.generation = generation
    self.hash = hash
  }

  init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let generation = Int(parts[0]), Self.generations.contains(generation),
      let hash = ContentHash(hex: String(parts[1]))
    else { return nil }
    self.init(generation: generation, hash: hash)
    guard self.text == text else { return nil }
  }

  var text: String {
    let digits = String(generation)
    return String(repeating: "0", count: max(0, 10 - digits.count)) + digits + "-" + hash.hex
  }

  static func < (left: Self, right: Self) -> Bool {
    (left.generation, left.hash.hex) < (right.generation, right.hash.hex)
  }
}
