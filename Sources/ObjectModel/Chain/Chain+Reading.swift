extension Chain {
  /// Which end of a chain comes first.
  package enum Order: Sendable {
    /// In the order of application.
    case oldestFirst
    case newestFirst
  }

  /// Calls `body` with each entry until it gives `false`.
  ///
  /// - Parameter start: entries with lower numbers are passed over, and not read.
  /// - Throws: what the source or `body` throws, or
  ///   ``ObjectModelError/misplacedChainNode(id:expectedLevel:foundLevel:)``.
  /// - Complexity: O(entries visited + height).
  package func forEachEntry(
    _ order: Order = .oldestFirst, from start: Int = 0, source: some ChainNodeSource,
    _ body: (ChainEntry) throws -> Bool
  ) throws {
    guard let root else { return }
    _ = try Self.visit(root, level: height - 1, base: 0, order, from: start, source, body)
  }

  /// The entries in the order of application, from the number `start` on.
  ///
  /// - Complexity: O(entries given + height).
  package func entries(
    from start: Int = 0, source: some ChainNodeSource
  ) throws -> [ChainEntry] {
    var entries: [ChainEntry] = []
    try forEachEntry(from: start, source: source) { entry in
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
    _ id: ChainNodeID, level: Int, base: Int, _ order: Order, from start: Int,
    _ source: some ChainNodeSource, _ body: (ChainEntry) throws -> Bool
  ) throws -> Bool {
    switch try source.chainNode(id, level: level).entries {
    case .deltas(let deltas):
      for slot in order == .oldestFirst ? deltas : deltas.reversed() {
        let entry = ChainEntry(sequence: base + slot.index, delta: slot.id)
        guard entry.sequence >= start else { continue }
        guard try body(entry) else { return false }
      }
    case .nodes(let nodes):
      for slot in order == .oldestFirst ? nodes : nodes.reversed() {
        guard base + (slot.index + 1) << (5 * level) > start else { continue }
        let goesOn = try visit(
          slot.id, level: level - 1, base: base + slot.index << (5 * level), order, from: start,
          source, body)
        guard goesOn else { return false }
      }
    }
    return true
  }
}
