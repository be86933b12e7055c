import Ledger
import ObjectModel
import ObjectStore
import Testing

@Suite struct RevertTests {
  @Test func theStateIsThatOfAHistoryWithoutTheCommit() throws {
    let fixture = try Fixture()
    try fixture.commitRoot()
    let commits = try (1...5).map { try fixture.commit($0) }
    try fixture.ledger.revert([commits[2]], fixture.context())
    let reverted = try fixture.ledger.view().commit(fixture.head())

    let other = try Fixture()
    try other.commitRoot()
    for number in [1, 2, 4, 5] { try other.commit(number) }
    let never = try other.ledger.view().commit(other.head())
    #expect(reverted.stateDigests == never.stateDigests)
    #expect(try fixture.entries().map(\.delta) == other.entries().map(\.delta))
    #expect(reverted.operation == .revert && reverted.subject == "Revert \"Commit 3\"")
    #expect(reverted.message.contains(commits[2].hex))
    #expect(reverted.omitted == [ChainEntry(sequence: 2, delta: try fixture.delta(3))])
    try fixture.expectSound()
  }

  @Test func revertingARevertGivesTheVeryChain() throws {
    let fixture = try Fixture()
    try fixture.commitRoot()
    let commits = try (1...40).map { try fixture.commit($0) }
    let before = try fixture.ledger.view().commit(fixture.head())
    for index in [0, 17, 39] {
      let revert = try fixture.ledger.revert([commits[index]], fixture.context())
      #expect(try fixture.ledger.view().commit(revert).chain != before.chain)
      let again = try fixture.ledger.revert([revert], fixture.context())
      let commit = try fixture.ledger.view().commit(again)
      #expect(commit.chain == before.chain && commit.stateDigests == before.stateDigests)
      // And a third time round.
      let third = try fixture.ledger.revert([again], fixture.context())
      let fourth = try fixture.ledger.revert([third], fixture.context())
      #expect(try fixture.ledger.view().commit(fourth).chain == before.chain)
    }
    try fixture.expectSound()
  }

  @Test func severalCommitsAreRevertedInOne() throws {
    let fixture = try Fixture()
    try fixture.commitRoot()
    let commits = try (1...6).map { try fixture.commit($0) }
    let id = try fixture.ledger.revert([commits[5], commits[1], commits[3]], fixture.context())
    #expect(
      try fixture.entries().map(\.delta) == [1, 3, 5].map { try fixture.delta($0) })
    let commit = try fixture.ledger.view().commit(id)
    #expect(commit.omitted.map(\.sequence) == [1, 3, 5])
    #expect(commit.subject == "Revert 3 commits")
    // A commit and its revert together do nothing.
    #expect(throws: LedgerError.nothingToRevert(commits: [id, commits[5], commits[1], commits[3]]))
    {
      try fixture.ledger.revert([id, commits[5], commits[1], commits[3]], fixture.context())
    }
  }

  @Test func whatIsGoneOrNeverWasCannotBeReverted() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let first = try fixture.commit(1)
    #expect(throws: LedgerError.nothingToRevert(commits: [root])) {
      try fixture.ledger.revert([root], fixture.context())
    }
    try fixture.ledger.revert([first], fixture.context())
    #expect(throws: LedgerError.nothingToRevert(commits: [first])) {
      try fixture.ledger.revert([first], fixture.context())
    }
    #expect(throws: LedgerError.nothingToRevert(commits: [])) {
      try fixture.ledger.revert([], fixture.context())
    }
  }

  @Test func aDeltaThatMovedIsFoundAtItsNewestPlace() throws {
    let fixture = try Fixture()
    try fixture.commitRoot()
    let first = try fixture.commit(1)
    try fixture.ledger.createBranch("side", at: first, fixture.context())
    try fixture.commit(2)
    try fixture.commit(7)
    let onMain = try fixture.commit(8)
    try fixture.ledger.switchToBranch("side", fixture.context())
    try fixture.commit(8)
    try fixture.commit(9)
    try fixture.commit(8)
    // Number 3 on main; on this branch the delta is at 1 and, newer, at 3: its own number wins.
    try fixture.ledger.revert([onMain], fixture.context())
    #expect(try fixture.entries().map(\.sequence) == [0, 1, 2])
    try fixture.ledger.revert([onMain], fixture.context())
    #expect(try fixture.entries().map(\.sequence) == [0, 2])
    #expect(throws: LedgerError.nothingToRevert(commits: [onMain])) {
      try fixture.ledger.revert([onMain], fixture.context())
    }
  }
}
