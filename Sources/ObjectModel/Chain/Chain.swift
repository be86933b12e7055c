/// A delta at its place in a chain.
package struct ChainEntry: Hashable, Sendable {
  /// The number the delta was given when it was appended. Chain order is the order of these.
  package let sequence: Int
  package let delta: DeltaID

  package init(sequence: Int, delta: DeltaID) {
    self.sequence = sequence
    self.delta = delta
  }
}

/// The active deltas of a commit, in the order in which they are applied.
///
/// A chain is a persistent radix tree over sequence numbers: ``ChainNode``s of up to 32 entries,
/// each named by its content, so that two chains share whatever they have in common. Appending
/// takes the next number, omitting removes an entry, and inserting the entry again at its own number
/// gives back the very chain there was. Each rewrites one path of the tree, whatever the length of
/// the history. The tree's form follows from its entries and `nextSequence` alone.
package struct Chain: CanonicalObject {
  package static let typeName = "chain"
  /// Entries of a node.
  package static let fanOut = 32
  /// The highest tree; its numbers go up to 2⁶⁰.
  package static let maximumHeight = 12

  /// The number the next appended delta gets: numbers below it have been given out.
  package let nextSequence: Int
  /// The number of entries.
  package let activeCount: Int
  /// Levels of nodes: the least, but at least one, with 32^height ≥ nextSequence.
  package let height: Int
  /// The topmost node, at level height − 1; `nil` where there are no entries.
  package let root: ChainNodeID?

  package init(nextSequence: Int, activeCount: Int, root: ChainNodeID?) {
    self.nextSequence = nextSequence
    self.activeCount = activeCount
    height = Self.height(forNextSequence: nextSequence)
    self.root = root
  }

  /// The chain in which nothing was ever appended.
  package static let empty = Chain(nextSequence: 0, activeCount: 0, root: nil)

  /// The least height of a tree whose numbers go up to `next`.
  package static func height(forNextSequence next: Int) -> Int {
    var height = 1
    while height < maximumHeight, next > 1 << (5 * height) { height += 1 }
    return height
  }

  /// The entry of a node at `level` under which `sequence` lies.
  static func slot(of sequence: Int, level: Int) -> Int {
    (sequence >> (5 * level)) & (fanOut - 1)
  }

  package func validate() throws {
    guard (0...(1 << (5 * Self.maximumHeight))).contains(nextSequence) else {
      throw invalid("the next sequence number is out of range")
    }
    guard (0...nextSequence).contains(activeCount) else {
      throw invalid("more entries than sequence numbers")
    }
    guard (root == nil) == (activeCount == 0) else {
      throw invalid("entries without a root or a root without entries")
    }
  }

  package func write(to writer: inout CanonicalWriter) {
    writer.field("next", .integer(nextSequence))
    writer.field("active", .integer(activeCount))
    writer.field("height", .integer(height))
    if let root { writer.field("root", .identifier(root)) }
  }

  package init(from reader: inout CanonicalReader) throws {
    nextSequence = try reader.field("next") { try $0.count() }
    activeCount = try reader.field("active") { try $0.count() }
    let expected = Self.height(forNextSequence: nextSequence)
    height = try reader.field("height") { values in
      let found = try values.count()
      guard found == expected else { throw values.malformed("the height is not \(expected)") }
      return found
    }
    root = try reader.optionalField("root") { try $0.identifier() }
  }
}
