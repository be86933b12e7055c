import Ledger
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct UndoTests {
  @Test func undoAndRedoGoBackAndForth() throws {
    let fixture = try Fixture()
    let ledger = fixture.ledger
    let root = try fixture.commitRoot()
    let first = try fixture.commit(1)
    let second = try fixture.commit(2)
    try ledger.reset(to: root, fixture.context("rledit reset"))
    #expect(try ledger.undo(fixture.context()).operation.command == "rledit reset")
    #expect(try fixture.head() == second)
    #expect(try ledger.undo(fixture.context()).operation.command == "rledit edit 2")
    #expect(try fixture.head() == first)
    #expect(try ledger.redo(fixture.context()).operation.command == "rledit edit 2")
    #expect(try fixture.head() == second)
    try ledger.redo(fixture.context())
    #expect(try fixture.head() == root)
    #expect(throws: LedgerError.nothingToRedo) { try ledger.redo(fixture.context()) }
    for expected in [second, first, root] {
      try ledger.undo(fixture.context())
      #expect(try fixture.head() == expected)
    }
    try ledger.undo(fixture.context())
    #expect(try ledger.view().head() == .branch(name: "main", commit: nil))
    #expect(throws: LedgerError.nothingToUndo) { try ledger.undo(fixture.context()) }
    for expected in [root, first, second, root] {
      try ledger.redo(fixture.context())
      #expect(try fixture.head() == expected)
    }
    try fixture.expectSound()
  }

  @Test func aBranchMadeAndGoneToIsOneOperation() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let ledger = fixture.ledger
    try ledger.createBranch("trial", at: root, switching: true, fixture.context())
    #expect(try ledger.view().head() == .branch(name: "trial", commit: root))
    try ledger.undo(fixture.context())
    #expect(try ledger.view().head() == .branch(name: "main", commit: root))
    #expect(try ledger.view().branches().map(\.name) == ["main"])
    try ledger.redo(fixture.context())
    #expect(try ledger.view().head() == .branch(name: "trial", commit: root))
    try fixture.expectSound()
  }

  @Test func somethingNewEndsWhatCanBeRedone() throws {
    let fixture = try Fixture()
    try fixture.commitRoot()
    try fixture.commit(1)
    try fixture.ledger.undo(fixture.context())
    let other = try fixture.commit(2)
    #expect(throws: LedgerError.nothingToRedo) { try fixture.ledger.redo(fixture.context()) }
    try fixture.ledger.undo(fixture.context())
    try fixture.ledger.redo(fixture.context())
    #expect(try fixture.head() == other)
  }

  @Test func aDeletedAndARenamedBranchComeBack() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    try fixture.ledger.createBranch("side", at: root, fixture.context())
    try fixture.ledger.deleteBranches(["side"], fixture.context())
    try fixture.ledger.undo(fixture.context())
    #expect(try fixture.ledger.view().branches().map(\.name) == ["main", "side"])
    try fixture.ledger.renameBranch("main", to: "trunk", fixture.context())
    try fixture.ledger.undo(fixture.context())
    #expect(try fixture.ledger.view().head() == .branch(name: "main", commit: root))
    #expect(try fixture.ledger.view().branches().map(\.name) == ["main", "side"])
  }

  @Test func everyStepIsInTheLog() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let first = try fixture.commit(1)
    try fixture.ledger.undo(fixture.context("rledit undo"))
    let operations = try fixture.ledger.view().operations()
    #expect(operations.map(\.number) == [3, 2, 1])
    #expect(
      operations.map(\.operation.command) == ["rledit undo", "rledit edit 1", "rledit import"])
    #expect(operations[0].operation.reversal == .undoes(operation: 2))
    let change = try #require(operations[1].operation.changes.first)
    #expect(change.name.text == "refs/heads/main")
    #expect(change.old == .commit(root) && change.new == .commit(first))
    #expect(try fixture.ledger.view().operations(limit: 1).count == 1)
  }

  @Test func anyOperationCanBeGoneBackTo() throws {
    let fixture = try Fixture()
    let ledger = fixture.ledger
    func state() throws -> [ReferenceName: Reference] {
      try Dictionary(
        uniqueKeysWithValues: ledger.view().snapshot.references().map { ($0.name, $0.value) })
    }
    var states = [try state()]
    func note(_ body: () throws -> Void) throws {
      try body()
      states.append(try state())
      #expect(try ledger.view().snapshot.lastOperationNumber() == states.count - 1)
    }
    try note { try fixture.commitRoot() }
    try note { try fixture.commit(1) }
    try note { try ledger.createBranch("side", at: fixture.head(), fixture.context()) }
    try note { try ledger.switchToBranch("side", fixture.context()) }
    try note { try fixture.commit(2) }
    try note { try ledger.createTag("v1", at: fixture.head(), fixture.context()) }
    try note { try ledger.undo(fixture.context()) }
    try note { try ledger.deleteBranches(["main"], fixture.context()) }
    let count = states.count
    for number in [3, 0, 6, 8, 2, 7] {
      try ledger.restore(operation: number, fixture.context())
      #expect(try state() == states[number])
    }
    #expect(try !ledger.restore(operation: 7, fixture.context()))
    try ledger.undo(fixture.context())
    #expect(try state() == states[2])
    let last = try ledger.view().snapshot.lastOperationNumber()
    #expect(last == count - 1 + 7)
    #expect(throws: LedgerError.noSuchOperation(number: 99, last: last)) {
      try ledger.restore(operation: 99, fixture.context())
    }
    try fixture.expectSound()
  }

  @Test func aReflogNamesWhatPastRevisionsName() throws {
    let fixture = try Fixture()
    let ledger = fixture.ledger
    try fixture.commitRoot()
    let first = try fixture.commit(1)
    try fixture.commit(2)
    try ledger.reset(to: first, fixture.context())
    try ledger.createBranch("side", at: first, switching: true, fixture.context())
    try fixture.commit(3)
    let view = try ledger.view()
    for name in ["main", "side", "HEAD"] {
      let moves = try view.pastMoves(of: name)
      var commits: [CommitID] = []
      for move in moves where commits.last != move.commit {
        commits += [move.commit].compactMap(\.self)
      }
      for (number, commit) in commits.enumerated() {
        #expect(try view.resolve("\(name)@{\(number)}") == commit, "\(name)@{\(number)}")
      }
      #expect(commits.count == ["main": 4, "side": 2, "HEAD": 5][name])
    }
    #expect(try view.pastMoves(of: "main").map(\.number) == [4, 3, 2, 1])
    #expect(throws: LedgerError.noSuchBranch(name: "mian", suggestions: ["main"])) {
      try view.pastMoves(of: "mian")
    }
  }
}
