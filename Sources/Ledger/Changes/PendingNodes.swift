import ObjectModel

/// Nodes that are made but not written yet, over those in the store.
struct PendingNodes: ChainNodeSource {
  private var pending: [ChainNodeID: [UInt8]]
  private let store: any ChainNodeSource

  init(_ nodes: [EncodedObject<ChainNode>], over store: any ChainNodeSource) {
    pending = Dictionary(nodes.map { ($0.id, $0.text) }, uniquingKeysWith: { first, _ in first })
    self.store = store
  }

  mutating func add(_ nodes: [EncodedObject<ChainNode>]) {
    for node in nodes { pending[node.id] = node.text }
  }

  func chainNode(_ id: ChainNodeID) throws -> ChainNode {
    try pending[id].map { try ChainNode.decode($0) } ?? store.chainNode(id)
  }

  /// The pending nodes that `chains` need, without those of steps on the way to them.
  ///
  /// - Complexity: O(pending nodes).
  func nodes(of chains: [Chain]) throws -> [EncodedObject<ChainNode>] {
    var found: [EncodedObject<ChainNode>] = []
    var seen: Set<ChainNodeID> = []
    func visit(_ id: ChainNodeID) throws {
      // What is not pending is in the store, and so is everything below it.
      guard let text = pending[id], seen.insert(id).inserted else { return }
      let node = try ChainNode.decode(text)
      if case .nodes(let children) = node.entries {
        for child in children { try visit(child.id) }
      }
      found.append(try node.encoded())
    }
    for root in chains.compactMap(\.root) { try visit(root) }
    return found
  }
}
