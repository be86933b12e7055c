/// Makes a chain from another by appending, omitting and inserting entries.
///
/// Nodes are read when a change first touches them and written once, by ``finish()``, so a run of
/// changes writes each node it touches once.
package struct ChainEditor {
  /// A subtree: still as stored, or read for a change.
  private indirect enum Subtree {
    case stored(ChainNodeID)
    case leaf([Int: DeltaID])
    case inner([Int: Subtree])
  }

  private let source: any ChainNodeSource
  private var nextSequence: Int
  private var activeCount: Int
  private var height: Int
  private var root: Subtree?

  /// An editor that starts from `chain`, whose nodes `source` holds.
  package init(_ chain: Chain, source: some ChainNodeSource) {
    self.source = source
    nextSequence = chain.nextSequence
    activeCount = chain.activeCount
    height = chain.height
    root = chain.root.map { .stored($0) }
  }

  /// Adds `delta` after every other entry and gives its number.
  ///
  /// - Throws: ``ObjectModelError/sequenceOutOfRange(sequence:next:)`` after 2⁶⁰ numbers, or what
  ///   the source throws.
  /// - Complexity: reads and later writes O(log nextSequence) nodes.
  @discardableResult
  package mutating func append(_ delta: DeltaID) throws -> Int {
    let sequence = nextSequence
    guard sequence < 1 << (5 * Chain.maximumHeight) else {
      throw ObjectModelError.sequenceOutOfRange(sequence: sequence, next: nextSequence)
    }
    let higher = Chain.height(forNextSequence: sequence + 1)
    if higher > height {
      // Until now every number fitted below, so the old tree hangs at the lowest slot.
      if let former = root { root = .inner([0: former]) }
      height = higher
    }
    nextSequence += 1
    root = try set(delta, at: sequence, in: root, level: height - 1)
    activeCount += 1
    return sequence
  }

  /// Puts `delta` back at a number that was given out before.
  ///
  /// - Throws: ``ObjectModelError/sequenceOutOfRange(sequence:next:)``,
  ///   ``ObjectModelError/sequenceOccupied(sequence:)``, or what the source throws.
  /// - Complexity: reads and later writes O(log nextSequence) nodes.
  package mutating func insert(_ delta: DeltaID, at sequence: Int) throws {
    try requireGivenOut(sequence)
    root = try set(delta, at: sequence, in: root, level: height - 1)
    activeCount += 1
  }

  /// Removes the entry at `sequence` and gives its delta.
  ///
  /// - Throws: ``ObjectModelError/sequenceOutOfRange(sequence:next:)``,
  ///   ``ObjectModelError/sequenceVacant(sequence:)``, or what the source throws.
  /// - Complexity: reads and later writes O(log nextSequence) nodes.
  @discardableResult
  package mutating func omit(_ sequence: Int) throws -> DeltaID {
    try requireGivenOut(sequence)
    guard let former = root else { throw ObjectModelError.sequenceVacant(sequence: sequence) }
    let (rest, delta) = try remove(sequence, from: former, level: height - 1)
    root = rest
    activeCount -= 1
    return delta
  }

  /// The chain with all changes, and the nodes that it has and the first chain did not, lower levels
  /// first.
  ///
  /// - Complexity: O(changes · log nextSequence) hashed nodes.
  package func finish() throws -> (chain: Chain, nodes: [EncodedObject<ChainNode>]) {
    var nodes: [EncodedObject<ChainNode>] = []
    let id = try root.map { try store($0, level: height - 1, into: &nodes) }
    return (Chain(nextSequence: nextSequence, activeCount: activeCount, root: id), nodes)
  }

  private func requireGivenOut(_ sequence: Int) throws {
    guard (0..<nextSequence).contains(sequence) else {
      throw ObjectModelError.sequenceOutOfRange(sequence: sequence, next: nextSequence)
    }
  }

  /// The subtree with its own entries at hand.
  private func open(_ subtree: Subtree, level: Int) throws -> Subtree {
    guard case .stored(let id) = subtree else { return subtree }
    switch try source.chainNode(id, level: level).entries {
    case .deltas(let slots):
      return .leaf(Dictionary(uniqueKeysWithValues: slots.map { ($0.index, $0.id) }))
    case .nodes(let slots):
      return .inner(Dictionary(uniqueKeysWithValues: slots.map { ($0.index, .stored($0.id)) }))
    }
  }

  private func set(
    _ delta: DeltaID, at sequence: Int, in subtree: Subtree?, level: Int
  ) throws -> Subtree {
    let slot = Chain.slot(of: sequence, level: level)
    let opened = try subtree.map { try open($0, level: level) }
    if level == 0 {
      var deltas: [Int: DeltaID] = [:]
      if case .leaf(let former)? = opened { deltas = former }
      guard deltas.updateValue(delta, forKey: slot) == nil else {
        throw ObjectModelError.sequenceOccupied(sequence: sequence)
      }
      return .leaf(deltas)
    }
    var children: [Int: Subtree] = [:]
    if case .inner(let former)? = opened { children = former }
    children[slot] = try set(delta, at: sequence, in: children[slot], level: level - 1)
    return .inner(children)
  }

  private func remove(
    _ sequence: Int, from subtree: Subtree, level: Int
  ) throws -> (rest: Subtree?, delta: DeltaID) {
    let slot = Chain.slot(of: sequence, level: level)
    switch try open(subtree, level: level) {
    case .leaf(var deltas):
      guard let delta = deltas.removeValue(forKey: slot) else {
        throw ObjectModelError.sequenceVacant(sequence: sequence)
      }
      return (deltas.isEmpty ? nil : .leaf(deltas), delta)
    case .inner(var children):
      guard let child = children[slot] else {
        throw ObjectModelError.sequenceVacant(sequence: sequence)
      }
      let (rest, delta) = try remove(sequence, from: child, level: level - 1)
      children[slot] = rest
      return (children.isEmpty ? nil : .inner(children), delta)
    case .stored(let id):
      throw ObjectModelError.misplacedChainNode(id: id, expectedLevel: level, foundLevel: level)
    }
  }

  private func store(
    _ subtree: Subtree, level: Int, into nodes: inout [EncodedObject<ChainNode>]
  ) throws -> ChainNodeID {
    let node: ChainNode
    switch subtree {
    case .stored(let id):
      return id
    case .leaf(let deltas):
      node = ChainNode(
        deltas: deltas.sorted { $0.key < $1.key }.map {
          ChainNode.Slot(index: $0.key, id: $0.value)
        }
      )
    case .inner(let children):
      node = ChainNode(
        level: level,
        nodes: try children.sorted { $0.key < $1.key }.map { slot, child in
          ChainNode.Slot(index: slot, id: try store(child, level: level - 1, into: &nodes))
        })
    }
    let encoded = try node.encoded()
    nodes.append(encoded)
    return encoded.id
  }
}
