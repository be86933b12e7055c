extension Chain {
  /// The root that the tree would have if no number from `end` on had been given out; `nil` where no
  /// entry is left. What comes later in a chain does not change it, so that it names what chains have in
  /// common up to there.
  ///
  /// - Parameter end: at most `nextSequence`.
  /// - Throws: what the source throws, or
  ///   ``ObjectModelError/misplacedChainNode(id:expectedLevel:foundLevel:)``.
  /// - Complexity: O(log nextSequence) nodes read and hashed.
  package func root(before end: Int, source: some ChainNodeSource) throws -> ChainNodeID? {
    guard var node = root, end > 0 else { return nil }
    let lower = Self.height(forNextSequence: end)
    // A lower tree is what hangs at the lowest slot of every level above it.
    for level in stride(from: height - 1, to: lower - 1, by: -1) {
      guard case .nodes(let slots) = try source.chainNode(node, level: level).entries,
        let first = slots.first, first.index == 0
      else { return nil }
      node = first.id
    }
    if end == 1 << (5 * lower) { return node }
    return try Self.cut(node, level: lower - 1, before: end, source)
  }

  private static func cut(
    _ id: ChainNodeID, level: Int, before end: Int, _ source: some ChainNodeSource
  ) throws -> ChainNodeID? {
    let limit = slot(of: end, level: level)
    switch try source.chainNode(id, level: level).entries {
    case .deltas(let slots):
      let kept = slots.filter { $0.index < limit }
      if kept.count == slots.count { return id }
      return kept.isEmpty ? nil : try ChainNode(deltas: kept).encoded().id
    case .nodes(let slots):
      var kept = slots.filter { $0.index < limit }
      if let border = slots.first(where: { $0.index == limit }),
        let rest = try cut(border.id, level: level - 1, before: end, source)
      {
        kept.append(.init(index: limit, id: rest))
      }
      return kept.isEmpty ? nil : try ChainNode(level: level, nodes: kept).encoded().id
    }
  }
}
