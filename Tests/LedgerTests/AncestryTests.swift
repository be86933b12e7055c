import Ledger
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct AncestryTests {
  /// A history of commits without deltas; numbers name them.
  private struct Graph {
    let fixture: Fixture
    private(set) var ids: [CommitID] = []
    private(set) var parents: [[Int]] = []

    init() throws {
      fixture = try Fixture()
      ids = [try fixture.commitRoot()]
      parents = [[]]
    }

    /// - Parameter time: clocks of different machines need not agree.
    mutating func add(_ parents: [Int], time: Int) throws {
      let commit = Commit(
        parents: parents.map { ids[$0] }, model: fixture.model, time: time, author: "Ada",
        operation: .commit, message: "Commit \(ids.count)")
      ids.append(try fixture.store.put(commit))
      self.parents.append(parents)
    }

    func ancestors(_ commit: Int) -> Set<Int> {
      parents[commit].reduce(into: [commit]) { $0.formUnion(ancestors($1)) }
    }

    /// By the definition: common ancestors from which no other one descends.
    func nearest(_ first: Int, _ second: Int) -> Set<Int> {
      let common = ancestors(first).intersection(ancestors(second))
      return common.filter { candidate in
        !common.contains { $0 != candidate && ancestors($0).contains(candidate) }
      }
    }
  }

  @Test func theNearestOfAForkIsWhereItParted() throws {
    var graph = try Graph()
    try graph.add([0], time: 10)
    try graph.add([1], time: 20)
    try graph.add([1], time: 30)
    try graph.add([3], time: 40)
    let view = try graph.fixture.ledger.view()
    #expect(try view.mergeBases(of: graph.ids[2], and: graph.ids[4]) == [graph.ids[1]])
    #expect(try view.isAncestor(graph.ids[3], of: graph.ids[4]))
    #expect(try !view.isAncestor(graph.ids[4], of: graph.ids[3]))
    #expect(try view.isAncestor(graph.ids[4], of: graph.ids[4]))
  }

  @Test func linesThatMergedEachOtherHaveTwo() throws {
    var graph = try Graph()
    try graph.add([0], time: 10)
    try graph.add([0], time: 11)
    try graph.add([1, 2], time: 20)
    try graph.add([2, 1], time: 21)
    let view = try graph.fixture.ledger.view()
    #expect(
      try Set(view.mergeBases(of: graph.ids[3], and: graph.ids[4]))
        == [graph.ids[1], graph.ids[2]])
  }

  @Test(arguments: 1...12)
  func anyHistoryAgreesWithTheDefinition(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var graph = try Graph()
    let clocksAgree = seed.isMultiple(of: 2)
    for number in 1..<24 {
      var parents: Set<Int> = []
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        parents.insert(Int.random(in: max(0, number - 6)..<number, using: &generator))
      }
      try graph.add(
        parents.sorted(),
        time: clocksAgree
          ? 1_700_000_000 + 10 * number : Int.random(in: 0..<1000, using: &generator))
    }
    let view = try graph.fixture.ledger.view()
    for first in 0..<24 {
      for second in 0..<24 {
        let found = try view.mergeBases(of: graph.ids[first], and: graph.ids[second])
        #expect(Set(found) == Set(graph.nearest(first, second).map { graph.ids[$0] }))
        #expect(Set(found).count == found.count)
      }
    }
  }

  /// Also where many commits are of one second, in which none is the older one.
  @Test(arguments: [1, 2, 5, 24])
  func howFarTwoHaveGoneIsCounted(_ commitsOfASecond: Int) throws {
    var generator = SeededGenerator(seed: UInt64(commitsOfASecond))
    var graph = try Graph()
    for number in 1..<24 {
      let parents = Set(
        (0..<Int.random(in: 1...2, using: &generator)).map { _ in
          Int.random(in: max(0, number - 5)..<number, using: &generator)
        })
      try graph.add(parents.sorted(), time: 1_700_000_100 + number / commitsOfASecond)
    }
    let view = try graph.fixture.ledger.view()
    for first in 0..<24 {
      for second in 0..<24 {
        let found = try view.divergence(of: graph.ids[first], from: graph.ids[second])
        let (ours, theirs) = (graph.ancestors(first), graph.ancestors(second))
        #expect(found.ahead == ours.subtracting(theirs).count)
        #expect(found.behind == theirs.subtracting(ours).count)
      }
    }
  }
}
