/// What makes one chain of another. An entry whose number is kept but whose delta differs is in both
/// lists.
package struct ChainDifference: Hashable, Sendable {
  /// Entries of the second chain that the first has not, by increasing number.
  package private(set) var added: [ChainEntry] = []
  /// Entries of the first chain that the second has not, by increasing number.
  package private(set) var omitted: [ChainEntry] = []
  private var limit = Int.max

  package var isEmpty: Bool { added.isEmpty && omitted.isEmpty }

  /// The difference from `first` to `second`.
  ///
  /// Subtrees of the same name are the same and are passed over.
  ///
  /// - Throws: what the source throws, or
  ///   ``ObjectModelError/misplacedChainNode(id:expectedLevel:foundLevel:)``.
  /// - Complexity: O(changes · log nextSequence) nodes read.
  package init(from first: Chain, to second: Chain, source: some ChainNodeSource) throws {
    try compare(
      first.root.map { Subtree(id: $0, level: first.height - 1) },
      second.root.map { Subtree(id: $0, level: second.height - 1) },
      level: max(first.height, second.height) - 1, base: 0, source)
  }

  /// The difference from `first` to `second` where it has at most `limit` entries; `nil` where it has
  /// more, which is found out without listing them.
  ///
  /// - Throws: as ``init(from:to:source:)``.
  /// - Complexity: O(limit · log nextSequence) nodes read.
  package init?(
    from first: Chain, to second: Chain, source: some ChainNodeSource, atMost limit: Int
  ) throws {
    self.limit = limit
    do {
      try compare(
        first.root.map { Subtree(id: $0, level: first.height - 1) },
        second.root.map { Subtree(id: $0, level: second.height - 1) },
        level: max(first.height, second.height) - 1, base: 0, source)
    } catch is TooMany {
      return nil
    }
  }

  private struct TooMany: Error {}

  /// A stored subtree. One that is lower than where it hangs stands for the tree that has it at
  /// the lowest slot of each level between.
  private struct Subtree: Equatable {
    let id: ChainNodeID
    let level: Int
  }

  private mutating func compare(
    _ first: Subtree?, _ second: Subtree?, level: Int, base: Int, _ source: some ChainNodeSource
  ) throws {
    if first == second { return }
    if level == 0 {
      try compareLeaves(
        try Self.deltas(first, source), try Self.deltas(second, source), base: base)
      return
    }
    let left = try Self.children(first, level: level, source)
    let right = try Self.children(second, level: level, source)
    for slot in Set(left.keys).union(right.keys).sorted() {
      try compare(
        left[slot], right[slot], level: level - 1, base: base + slot << (5 * level), source)
    }
  }

  private mutating func compareLeaves(
    _ first: [Int: DeltaID], _ second: [Int: DeltaID], base: Int
  ) throws {
    for slot in 0..<Chain.fanOut where first[slot] != second[slot] {
      if let delta = first[slot] {
        omitted.append(ChainEntry(sequence: base + slot, delta: delta))
      }
      if let delta = second[slot] {
        added.append(ChainEntry(sequence: base + slot, delta: delta))
      }
    }
    guard added.count + omitted.count <= limit else { throw TooMany() }
  }

  private static func deltas(
    _ subtree: Subtree?, _ source: some ChainNodeSource
  ) throws -> [Int: DeltaID] {
    guard let subtree else { return [:] }
    guard case .deltas(let slots) = try source.chainNode(subtree.id, level: 0).entries else {
      return [:]
    }
    return Dictionary(uniqueKeysWithValues: slots.map { ($0.index, $0.id) })
  }

  private static func children(
    _ subtree: Subtree?, level: Int, _ source: some ChainNodeSource
  ) throws -> [Int: Subtree] {
    guard let subtree else { return [:] }
    guard subtree.level == level else { return [0: subtree] }
    guard case .nodes(let slots) = try source.chainNode(subtree.id, level: level).entries else {
      return [:]
    }
    return Dictionary(
      uniqueKeysWithValues: slots.map { ($0.index, Subtree(id: $0.id, level: level - 1)) })
  }
}
