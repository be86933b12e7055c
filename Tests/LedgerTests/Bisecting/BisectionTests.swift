import Foundation
import Ledger
import ObjectModel
import TestSupport
import Testing

@Suite struct BisectionTests {
  /// Looks until the first bad commit is found, by an oracle; gives it and how many looks it took.
  private func search(
    _ fixture: Fixture, _ start: Bisection, isBad: (CommitID) throws -> Bool
  ) throws -> (found: CommitID?, looks: Int) {
    var step = try fixture.ledger.beginBisection(start, fixture.context())
    var looks = 0
    while case .look(let commit, _, _) = step {
      #expect(try fixture.ledger.view().head() == .detached(commit))
      looks += 1
      step = try fixture.ledger.judge(commit, isBad(commit) ? .bad : .good, fixture.context())
    }
    guard case .found(let commit) = step else { return (nil, looks) }
    return (commit, looks)
  }

  @Test(arguments: [1, 2, 3, 17, 100])
  func aLineIsHalvedEveryTime(_ length: Int) throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let commits = try (1...length).map { try fixture.commit($0) }
    let tip = try #require(commits.last)
    for first in Set([0, length / 3, length - 1]) {
      let found = try search(fixture, Bisection(bad: tip, good: [root])) {
        (commits.firstIndex(of: $0) ?? -1) >= first
      }
      #expect(found.found == commits[first])
      #expect(Double(found.looks) <= ceil(log2(Double(length))))
      try fixture.ledger.endBisection(fixture.context())
      #expect(try fixture.ledger.view().head() == .branch(name: "main", commit: tip))
    }
    try fixture.expectSound()
  }

  /// In a history with merges a bad commit makes all its descendants bad.
  @Test(arguments: 1...8)
  func historiesWithMergesAreSearchedToo(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    var tips = [root]
    for number in 1..<30 {
      let from = try #require(tips.suffix(6).randomElement(using: &generator))
      try fixture.ledger.switchToCommit(from, fixture.context())
      tips.append(try fixture.commit(number))
      guard number.isMultiple(of: 3) else { continue }
      let view = try fixture.ledger.view()
      let other = try #require(tips.suffix(6).randomElement(using: &generator))
      let plan = try view.mergePlan(ours: view.headCommit(), theirs: other)
      if let merge = try fixture.ledger.merge(
        plan, MergeRequest(name: "x"), fixture.context()
      ).commit {
        tips.append(merge)
      }
    }
    let tip = try #require(tips.last)
    let view = try fixture.ledger.view()
    let candidates = try view.log(from: [tip], excluding: [root]).map(\.id)
    for first in candidates {
      let bad = Set(
        try candidates.filter { try view.isAncestor(first, of: $0) })
      let found = try search(fixture, Bisection(bad: tip, good: [root])) { bad.contains($0) }
      #expect(found.found == first)
      try fixture.ledger.endBisection(fixture.context())
    }
  }

  @Test func whatCannotBeToldIsPassedOver() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let commits = try (1...6).map { try fixture.commit($0) }
    var step = try fixture.ledger.beginBisection(
      Bisection(bad: commits[5], good: [root]), fixture.context())
    #expect(step == .look(at: commits[2], candidates: 6, steps: 2))
    // The third cannot be told; the first bad one is the fourth.
    step = try fixture.ledger.judge(commits[2], .skip, fixture.context())
    while case .look(let commit, _, _) = step {
      #expect(commit != commits[2])
      let isBad = try #require(commits.firstIndex(of: commit)) >= 3
      step = try fixture.ledger.judge(commit, isBad ? .bad : .good, fixture.context())
    }
    #expect(step == .unclear([commits[3], commits[2]]))
  }

  @Test func contradictionsAndStrangersAreRefused() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let first = try fixture.commit(1)
    let second = try fixture.commit(2)
    #expect(throws: LedgerError.notBisecting) {
      try fixture.ledger.judge(first, .good, fixture.context())
    }
    #expect(throws: LedgerError.notBisecting) { try fixture.ledger.endBisection(fixture.context()) }
    #expect(throws: LedgerError.notBeforeBad(good: second, bad: first, areSwapped: true)) {
      try fixture.ledger.beginBisection(
        Bisection(bad: first, good: [second]), fixture.context())
    }
    let start = Bisection(bad: first, good: [root])
    #expect(try fixture.ledger.beginBisection(start, fixture.context()) == .found(first))
    #expect(throws: LedgerError.bisecting) {
      try fixture.ledger.beginBisection(start, fixture.context())
    }
    #expect(throws: LedgerError.badElsewhere(second, known: first)) {
      try fixture.ledger.judge(second, .bad, fixture.context())
    }
    #expect(throws: LedgerError.goodAfterBad(bad: first)) {
      try fixture.ledger.judge(second, .good, fixture.context())
    }
    #expect(try fixture.ledger.view().bisection() == start)
    try fixture.ledger.endBisection(fixture.context())
    #expect(try fixture.head() == second)
  }
}
