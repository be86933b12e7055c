/// A node of a chain's tree.
///
/// At level 0 an entry at slot s stands for the delta whose sequence number ends, in base 32, in the
/// digit s; at level k for the node of level k − 1 of all numbers whose k-th digit from the end
/// (counting from 0) is s. There are no empty nodes.
package struct ChainNode: CanonicalObject {
  package static let typeName = "chain-node"

  /// The entries, by strictly increasing slot in 0..<32.
  package enum Entries: Hashable, Sendable {
    case deltas([Slot<DeltaID>])
    case nodes([Slot<ChainNodeID>])
  }

  /// An entry with its place in the node.
  package struct Slot<ID: Hashable & Sendable>: Hashable, Sendable {
    package let index: Int
    package let id: ID

    package init(index: Int, id: ID) {
      self.index = index
      self.id = id
    }
  }

  /// The distance from the level of the deltas.
  package let level: Int
  package let entries: Entries

  /// A node of level 0.
  package init(deltas: [Slot<DeltaID>]) {
    level = 0
    entries = .deltas(deltas)
  }

  /// A node above level 0.
  package init(level: Int, nodes: [Slot<ChainNodeID>]) {
    self.level = level
    entries = .nodes(nodes)
  }

  private var slots: [Int] {
    switch entries {
    case .deltas(let deltas): deltas.map(\.index)
    case .nodes(let nodes): nodes.map(\.index)
    }
  }

  package func validate() throws {
    guard (0..<Chain.maximumHeight).contains(level) else { throw invalid("an impossible level") }
    let slots = slots
    guard let first = slots.first, let last = slots.last, first >= 0, last < Chain.fanOut,
      zip(slots, slots.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw invalid("the slots are empty, out of range or out of order") }
    if case .nodes = entries, level == 0 { throw invalid("nodes at the level of deltas") }
  }

  package func write(to writer: inout CanonicalWriter) {
    writer.field("level", .integer(level))
    switch entries {
    case .deltas(let deltas):
      for slot in deltas { writer.field("delta", .integer(slot.index), .identifier(slot.id)) }
    case .nodes(let nodes):
      for slot in nodes { writer.field("node", .integer(slot.index), .identifier(slot.id)) }
    }
  }

  package init(from reader: inout CanonicalReader) throws {
    level = try reader.field("level") { try $0.count() }
    if level == 0 {
      entries = .deltas(
        try reader.fields("delta") { Slot(index: try $0.count(), id: try $0.identifier()) })
    } else {
      entries = .nodes(
        try reader.fields("node") { Slot(index: try $0.count(), id: try $0.identifier()) })
    }
  }
}

/// Where the nodes of chains are read from.
package protocol ChainNodeSource {
  /// The node of this name.
  ///
  /// - Throws: whatever the source throws where it has no such node or cannot read it.
  func chainNode(_ id: ChainNodeID) throws -> ChainNode
}

extension ChainNodeSource {
  /// The node of this name, which must be of `level`: a tree that does not get lower towards its
  /// leaves would never end.
  func chainNode(_ id: ChainNodeID, level: Int) throws -> ChainNode {
    let node = try chainNode(id)
    guard node.level == level else {
      throw ObjectModelError.misplacedChainNode(
        id: id, expectedLevel: level, foundLevel: node.level)
    }
    return node
  }
}
