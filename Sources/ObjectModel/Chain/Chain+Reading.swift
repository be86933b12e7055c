extension Chain {
  /// Which end of a chain comes first.
  package enum Order: Sendable {
    /// In the order of application.
    case oldestFirst
    case newestFirst
  }

  /// Calls `body` with each entry until it gives `false`.
  ///
  /// - Throws: what the source or `body` throws, or
  ///   ``ObjectModelError/misplacedChainNode(id:expectedLevel:foundLevel:)``.
  /// - Complexity: O(entries visited + height).
  package func forEachEntry(
    _ order: Order = .oldestFirst, source: some ChainNodeSource,
    _ body: (ChainEntry) throws -> Bool
  ) throws {
    guard let root else { return }
    _ = try Self.visit(root, level: height - 1, base: 0, order, source, body)
  }

  /// All entries in the order of application.
  ///
  /// - Complexity: O(entries).
  package func entries(source: some ChainNodeSource) throws -> [ChainEntry] {
    var entries: [ChainEntry] = []
    try forEachEntry(source: source) { entry in
      entries.append(entry)
      return true
    }
    return entries
  }

  /// The delta at `sequence`, or `nil` where there is none.
  ///
  /// - Complexity: O(log nextSequence) nodes read.
  package func delta(at sequence: Int, source: some ChainNodeSource) throws -> DeltaID? {
    guard let root, (0..<nextSequence).contains(sequence) else { return nil }
    var id = root
    var level = height - 1
    while true {
      let slot = Self.slot(of: sequence, level: level)
      switch try source.chainNode(id, level: level).entries {
      case .deltas(let deltas): return deltas.first { $0.index == slot }?.id
      case .nodes(let nodes):
        guard let child = nodes.first(where: { $0.index == slot }) else { return nil }
        id = child.id
        level -= 1
      }
    }
  }

  private static func visit(
    _ id: ChainNodeID, level: Int, base: Int, _ order: Order, _ source: some ChainNodeSource,
    _ body: (ChainEntry) throws -> Bool
  ) throws -> Bool {
    switch try source.chainNode(id, level: level).entries {
    case .deltas(let deltas):
      for slot in order == .oldestFirst ? deltas : deltas.reversed() {
        let entry = ChainEntry(sequence: base + slot.index, delta: slot.id)
        guard try body(entry) else { return false }
      }
    case .nodes(let nodes):
      for slot in order == .oldestFirst ? nodes : nodes.reversed() {
        let goesOn = try visit(
          slot.id, level: level - 1, base: base + slot.index << (5 * level), order, source, body)
        guard goesOn else { return false }
      }
    }
    return true
  }
}
