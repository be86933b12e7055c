import ObjectModel
import TestSupport
import Testing

/// Nodes by name, counting what is read.
private final class NodeTable: ChainNodeSource {
  struct Missing: Error {}
  var nodes: [ChainNodeID: [UInt8]] = [:]
  var reads = 0

  func chainNode(_ id: ChainNodeID) throws -> ChainNode {
    guard let text = nodes[id] else { throw Missing() }
    reads += 1
    return try ChainNode.decode(text)
  }

  func add(_ encoded: [EncodedObject<ChainNode>]) {
    for node in encoded { nodes[node.id] = node.text }
  }
}

@Suite struct ChainTests {
  private func delta(_ number: Int) throws -> DeltaID {
    try Sample.required(
      DeltaID(
        bytes: [UInt8](repeating: 0, count: 24)
          + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }))
  }

  private func edit(
    _ chain: Chain, _ table: NodeTable, _ changes: (inout ChainEditor) throws -> Void
  ) throws -> (chain: Chain, written: Int) {
    var editor = ChainEditor(chain, source: table)
    try changes(&editor)
    let (result, nodes) = try editor.finish()
    table.add(nodes)
    try result.validate()
    return (result, nodes.count)
  }

  /// Random changes against a dictionary from number to delta.
  @Test(arguments: [1, 2, 3, 4])
  func randomChangesAgreeWithAPlainModel(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let table = NodeTable()
    var chain = Chain.empty
    var model: [Int: DeltaID] = [:]
    var history: [(chain: Chain, model: [Int: DeltaID])] = [(chain, model)]
    for step in 0..<400 {
      let before = (chain: chain, model: model)
      let changes = Int.random(in: 1...4, using: &generator)
      let (after, written) = try edit(chain, table) { editor in
        for _ in 0..<changes {
          switch Int.random(in: 0..<10, using: &generator) {
          case 0..<6:
            let number = (model.keys.max() ?? -1, step)
            let id = try delta(Int.random(in: 0...1000, using: &generator) + number.1)
            model[try editor.append(id)] = id
          case 6..<9:
            guard let victim = model.keys.sorted().randomElement(using: &generator) else {
              continue
            }
            #expect(try editor.omit(victim) == model.removeValue(forKey: victim))
          default:
            let vacant = (0..<chain.nextSequence).filter { model[$0] == nil }
            guard let place = vacant.randomElement(using: &generator) else { continue }
            let id = try delta(place + 5000)
            try editor.insert(id, at: place)
            model[place] = id
          }
        }
      }
      chain = after
      #expect(written <= changes * chain.height + 1)
      try expect(chain, is: model, table)
      try expectDifference(before, (chain, model), table)
      let other = try #require(history.randomElement(using: &generator))
      try expectDifference(other, (chain, model), table)
      try expectDifference((chain, model), other, table)
      history.append((chain, model))
    }
  }

  private func expect(_ chain: Chain, is model: [Int: DeltaID], _ table: NodeTable) throws {
    let expected = model.sorted { $0.key < $1.key }
      .map { ChainEntry(sequence: $0.key, delta: $0.value) }
    #expect(try chain.entries(source: table) == expected)
    #expect(chain.activeCount == expected.count)
    var reversed: [ChainEntry] = []
    try chain.forEachEntry(.newestFirst, source: table) { entry in
      reversed.append(entry)
      return reversed.count < 3
    }
    #expect(reversed == Array(expected.reversed().prefix(3)))
    for sequence in [-1, 0, chain.nextSequence / 2, chain.nextSequence - 1, chain.nextSequence] {
      #expect(try chain.delta(at: sequence, source: table) == model[sequence])
    }
  }

  private func expectDifference(
    _ first: (chain: Chain, model: [Int: DeltaID]), _ second: (chain: Chain, model: [Int: DeltaID]),
    _ table: NodeTable
  ) throws {
    func missing(_ from: [Int: DeltaID], _ other: [Int: DeltaID]) -> [ChainEntry] {
      from.filter { other[$0.key] != $0.value }.sorted { $0.key < $1.key }
        .map { ChainEntry(sequence: $0.key, delta: $0.value) }
    }
    let difference = try ChainDifference(from: first.chain, to: second.chain, source: table)
    #expect(difference.added == missing(second.model, first.model))
    #expect(difference.omitted == missing(first.model, second.model))
  }

  @Test func puttingAnEntryBackGivesTheVeryChain() throws {
    let table = NodeTable()
    var chain = Chain.empty
    for number in 0..<1100 {
      let id = try delta(number)
      let (after, written) = try edit(chain, table) { try $0.append(id) }
      #expect(written <= after.height)
      chain = after
    }
    #expect(chain.height == 3)
    for sequence in [0, 31, 32, 500, 1023, 1024, 1099] {
      let (without, omitting) = try edit(chain, table) { try $0.omit(sequence) }
      #expect(without != chain && without.activeCount == 1099)
      let (again, inserting) = try edit(without, table) {
        try $0.insert(try delta(sequence), at: sequence)
      }
      #expect(try again == chain && again.encoded().id == chain.encoded().id)
      #expect(omitting <= 3 && inserting <= 3)
    }
  }

  @Test func aLongChainIsEditedAndComparedAlongFewNodes() throws {
    let table = NodeTable()
    let (chain, _) = try edit(.empty, table) { editor in
      for number in 0..<40_000 { try editor.append(try delta(number)) }
    }
    #expect(chain.height == 4)
    table.reads = 0
    let (shorter, written) = try edit(chain, table) { try $0.omit(12_345) }
    #expect(written == 4 && table.reads == 4)
    table.reads = 0
    let difference = try ChainDifference(from: chain, to: shorter, source: table)
    #expect(difference.omitted == [ChainEntry(sequence: 12_345, delta: try delta(12_345))])
    #expect(difference.added.isEmpty && table.reads == 8)
    table.reads = 0
    #expect(try chain.delta(at: 39_999, source: table) == delta(39_999))
    #expect(table.reads == 4)
  }

  @Test func theFormFollowsFromTheEntriesAlone() throws {
    let table = NodeTable()
    let (all, _) = try edit(.empty, table) { editor in
      for number in 0..<100 { try editor.append(try delta(number)) }
    }
    let (emptied, _) = try edit(all, table) { editor in
      for number in (0..<100).shuffled() { try editor.omit(number) }
    }
    #expect(emptied == Chain(nextSequence: 100, activeCount: 0, root: nil))
    let (refilled, _) = try edit(emptied, table) { editor in
      for number in (0..<100).shuffled() { try editor.insert(try delta(number), at: number) }
    }
    #expect(refilled == all)
  }

  @Test func impossibleChangesAreRefused() throws {
    let table = NodeTable()
    let (chain, _) = try edit(.empty, table) { editor in
      for number in 0..<3 { try editor.append(try delta(number)) }
      try editor.omit(1)
    }
    var editor = ChainEditor(chain, source: table)
    #expect(throws: ObjectModelError.sequenceVacant(sequence: 1)) { try editor.omit(1) }
    #expect(throws: ObjectModelError.sequenceOccupied(sequence: 2)) {
      try editor.insert(try delta(9), at: 2)
    }
    #expect(throws: ObjectModelError.sequenceOutOfRange(sequence: 3, next: 3)) {
      try editor.insert(try delta(9), at: 3)
    }
    #expect(throws: ObjectModelError.sequenceOutOfRange(sequence: -1, next: 3)) {
      try editor.omit(-1)
    }
    // A refused change changes nothing.
    #expect(try editor.finish().chain == chain)
  }

  @Test func aNodeOutOfPlaceEndsTheWalk() throws {
    let table = NodeTable()
    let leaf = try ChainNode(deltas: [.init(index: 0, id: delta(1))]).encoded()
    table.add([leaf])
    let high = Chain(nextSequence: 40, activeCount: 1, root: leaf.id)
    let expected = ObjectModelError.misplacedChainNode(
      id: leaf.id, expectedLevel: 1, foundLevel: 0)
    #expect(throws: expected) { try high.entries(source: table) }
    #expect(throws: expected) { try high.delta(at: 0, source: table) }
    #expect(throws: expected) {
      try ChainDifference(from: .empty, to: high, source: table)
    }
    var editor = ChainEditor(high, source: table)
    #expect(throws: expected) { try editor.append(try delta(2)) }
  }
}
