import Ledger
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct HistoryTests {
  /// A random history of commits with up to three parents, written straight into the store.
  private func randomHistory(
    _ fixture: Fixture, seed: UInt64, count: Int
  ) throws -> [CommitID] {
    var generator = SeededGenerator(seed: seed)
    var ids: [CommitID] = []
    for number in 0..<count {
      var parents: [CommitID] = []
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        if let parent = ids.suffix(8).randomElement(using: &generator), !parents.contains(parent) {
          parents.append(parent)
        }
      }
      ids.append(
        try fixture.store.put(
          Commit(
            parents: parents, model: fixture.model,
            // Clocks of several machines do not agree.
            time: number + Int.random(in: -5...5, using: &generator), author: "",
            operation: .commit, message: "\(number)")))
    }
    return ids
  }

  @Test(arguments: [1, 2, 3])
  func everyCommitComesOnceAndAfterItsChildren(_ seed: UInt64) throws {
    let fixture = try Fixture()
    let ids = try randomHistory(fixture, seed: seed, count: 120)
    let view = try fixture.ledger.view()
    let entries = try view.log(from: [try #require(ids.last), ids[100]])
    var listed: Set<CommitID> = []
    var reachable: Set<CommitID> = []
    var waiting = [try #require(ids.last), ids[100]]
    while let id = waiting.popLast() {
      if reachable.insert(id).inserted { waiting += try view.commit(id).parents }
    }
    for entry in entries {
      #expect(entry.commit.parents.allSatisfy { !listed.contains($0) })
      #expect(listed.insert(entry.id).inserted)
    }
    #expect(listed == reachable)
    let hidden = ids[60]
    let rest = try view.log(from: [try #require(ids.last)], excluding: [hidden]).map(\.id)
    let below = Set(try view.log(from: [hidden]).map(\.id))
    let all = Set(try view.log(from: [try #require(ids.last)]).map(\.id))
    #expect(Set(rest) == all.subtracting(below) && rest.count == Set(rest).count)
  }

  @Test(arguments: [4, 5, 6])
  func theGraphLeadsEveryLineToItsCommit(_ seed: UInt64) throws {
    let fixture = try Fixture()
    let ids = try randomHistory(fixture, seed: seed, count: 80)
    let entries = try fixture.ledger.view().log(from: [try #require(ids.last)])
    let rows = LogGraph(entries).rows
    #expect(rows.count == entries.count)
    var before: [CommitID?] = []
    for (row, entry) in zip(rows, entries) {
      // A line from above goes on in its column; only the commit itself may be new.
      for (column, id) in before.enumerated() where id != nil { #expect(row.above[column] == id) }
      #expect(row.above[row.column] == entry.id)
      #expect(!row.below.contains(entry.id))
      #expect(row.parents.map { row.below[$0] } == entry.commit.parents)
      for (column, id) in row.above.enumerated() where id != nil && id != entry.id {
        #expect(row.below[column] == id)
      }
      before = row.below
    }
    #expect(before.isEmpty)
  }

  @Test func aStraightHistoryIsListedNewestFirst() throws {
    let fixture = try Fixture()
    var ids = [try fixture.commitRoot()]
    for number in 1...20 { ids.append(try fixture.commit(number)) }
    let view = try fixture.ledger.view()
    let entries = try view.log(from: [fixture.head()])
    #expect(entries.map(\.id) == ids.reversed())
    #expect(LogGraph(entries).rows.allSatisfy { $0.column == 0 })
    #expect(try view.decorations() == [try fixture.head(): [.branch("main")]])
  }

  @Test func differencesNameTheCommitsThatMadeThem() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let first = try fixture.commit(1)
    let second = try fixture.commit(2)
    let revert = try fixture.ledger.revert([first], fixture.context())
    let again = try fixture.ledger.revert([revert], fixture.context())
    let view = try fixture.ledger.view()
    let whole = try view.difference(from: root, to: again)
    #expect(whole.added.map(\.commit) == [first, second] && whole.omitted.isEmpty)
    #expect(whole.added.map(\.entry.sequence) == [0, 1])
    let back = try view.difference(from: again, to: revert)
    #expect(back.omitted.map(\.commit) == [first] && back.added.isEmpty && back.sameModel)
    #expect(try view.difference(from: second, to: again).isEmpty)
  }

  /// Random histories with merges: the walk step by step has the order of the whole listing, wherever it
  /// is left off, and under clocks that were set back still every commit once, after one of its children.
  @Test(arguments: [1, 2, 3, 4], [false, true])
  func theWalkFromTheNewestHasTheOrderOfTheListing(_ seed: UInt64, setsClocksBack: Bool) throws {
    var generator = SeededGenerator(seed: seed)
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    var commits = [root]
    for number in 0..<60 {
      let parents = Set(
        (0..<Int.random(in: 1...2, using: &generator)).compactMap { _ in
          commits.suffix(8).randomElement(using: &generator)
        })
      let time =
        1_800_000_000
        + (setsClocksBack ? Int.random(in: 0..<50, using: &generator) : number)
      commits.append(
        try fixture.store.put(
          Commit(
            parents: parents.sorted(), model: fixture.model, time: time, author: "a",
            operation: .commit, message: "\(number)")))
    }
    let view = try fixture.ledger.view()
    let starts = Array(commits.suffix(3))
    let whole = try view.log(from: starts).map(\.id)
    for limit in [1, 7, whole.count] {
      var walked: [CommitID] = []
      try view.forEachCommit(from: starts) { entry in
        walked.append(entry.id)
        return walked.count < limit
      }
      guard setsClocksBack else {
        #expect(walked == Array(whole.prefix(limit)))
        continue
      }
      var named = Set(starts)
      for id in walked {
        #expect(named.contains(id))
        named.formUnion(try view.commit(id).parents)
      }
      #expect(Set(walked).count == walked.count)
      if limit == whole.count { #expect(Set(walked) == Set(whole)) }
    }
  }
}
