import ObjectModel
import TestSupport
import Testing

@Suite struct ChainPrefixTests {
  /// Nodes in memory, as many as were ever made.
  private struct Nodes: ChainNodeSource {
    struct Missing: Error {}
    var known: [ChainNodeID: ChainNode] = [:]

    mutating func add(_ nodes: [EncodedObject<ChainNode>]) throws {
      for node in nodes { known[node.id] = try ChainNode.decode(node.text) }
    }

    func chainNode(_ id: ChainNodeID) throws -> ChainNode {
      guard let node = known[id] else { throw Missing() }
      return node
    }
  }

  private func delta(_ number: Int) -> DeltaID {
    DeltaID(Digest256(words: [UInt64(number), 7, 7, 7]))
  }

  /// A chain in which so many numbers were given out and some entries are left out again.
  private func chain(_ count: Int, without omitted: [Int], _ nodes: inout Nodes) throws -> Chain {
    var editor = ChainEditor(.empty, source: nodes)
    for number in 0..<count { try editor.append(delta(number)) }
    for number in omitted { try editor.omit(number) }
    let (chain, made) = try editor.finish()
    try nodes.add(made)
    return chain
  }

  /// At sizes below, at and above those at which the tree grows higher.
  @Test(arguments: [1, 5, 31, 32, 33, 64, 100, 1023, 1024, 1025, 1100])
  func theRootOfABeginningIsThatOfAChainThatEndsThere(_ count: Int) throws {
    var nodes = Nodes()
    var generator = SeededGenerator(seed: UInt64(count))
    for share in [0, 3, count] {
      let omitted = Array((0..<count).shuffled(using: &generator).prefix(share))
      let whole = try chain(count, without: omitted, &nodes)
      let ends =
        Set([0, 1, 31, 32, 33, 1023, 1024, 1025, count - 1, count].filter { $0 <= count })
        .union((0..<20).map { _ in Int.random(in: 0...count, using: &generator) })
      for end in ends {
        var others = Nodes()
        let alone = try chain(end, without: omitted.filter { $0 < end }, &others)
        #expect(try whole.root(before: end, source: nodes) == alone.root, "\(end) of \(count)")
      }
    }
  }

  @Test func entriesFromANumberOnAreTheRest() throws {
    var nodes = Nodes()
    let chain = try chain(1200, without: [3, 40, 41, 1100], &nodes)
    let all = try chain.entries(source: nodes)
    for start in [0, 1, 3, 4, 32, 40, 42, 1024, 1100, 1199, 1200] {
      #expect(
        try chain.entries(from: start, source: nodes) == all.filter { $0.sequence >= start })
    }
  }

  /// What is passed over is not read: the nodes of the lower numbers may be missing.
  @Test func entriesFromANumberOnReadNothingBelow() throws {
    var nodes = Nodes()
    let whole = try chain(1024, without: [], &nodes)
    guard case .nodes(let slots) = try nodes.chainNode(try #require(whole.root)).entries else {
      Issue.record("the tree has two levels")
      return
    }
    for slot in slots.dropLast() { nodes.known[slot.id] = nil }
    #expect(try whole.entries(from: 992, source: nodes).map(\.sequence) == Array(992..<1024))
    #expect(throws: Nodes.Missing.self) { try whole.entries(from: 991, source: nodes) }
  }
}
