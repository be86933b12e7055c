import Ledger
import ObjectModel
import ObjectStore
import TestSupport
import Testing

/// Random sequences of everything, against a model of plain arrays and dictionaries.
@Suite struct RandomHistoryTests {
  /// A state of the plain model: branches as lists of deltas by sequence number.
  private struct Plain: Equatable {
    struct Tip: Equatable {
      var commit: CommitID
      var chain: [Int: DeltaID]
      var next: Int
    }
    var branches: [String: Tip] = [:]
    var current = "main"
  }

  /// What a commit did, to revert it in the plain model.
  private struct Step {
    var added: [Int: DeltaID] = [:]
    var omitted: [Int: DeltaID] = [:]
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6])
  func randomOperationsAgreeWithAPlainModel(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let fixture = try Fixture()
    let ledger = fixture.ledger
    let root = try fixture.commitRoot()
    var plain = Plain(branches: ["main": .init(commit: root, chain: [:], next: 0)])
    var undoStack: [Plain] = []
    var redoStack: [Plain] = []
    var steps: [CommitID: Step] = [root: Step()]
    var states: [CommitID: Plain.Tip] = [root: .init(commit: root, chain: [:], next: 0)]
    let commitsInOrder = { states.keys.sorted() }

    func tip() throws -> Plain.Tip { try #require(plain.branches[plain.current]) }
    func did(_ change: (inout Plain) throws -> Void) rethrows {
      undoStack.append(plain)
      redoStack = []
      try change(&plain)
    }

    for number in 0..<120 {
      switch Int.random(in: 0..<100, using: &generator) {
      case 0..<40:
        let id = try fixture.commit(number)
        var tip = try tip()
        let delta = try fixture.delta(number)
        steps[id] = Step(added: [tip.next: delta])
        tip.chain[tip.next] = delta
        tip.next += 1
        tip.commit = id
        states[id] = tip
        did { $0.branches[$0.current] = tip }
      case 40..<60:
        // Only commits of this very history, so that numbers mean the same.
        var tip = try tip()
        let ancestors = try ledger.view().log(from: [tip.commit]).map(\.id)
        let target = try #require(ancestors.randomElement(using: &generator))
        let step = try #require(steps[target])
        let before = tip.chain
        for (sequence, delta) in step.added where tip.chain[sequence] == delta {
          tip.chain[sequence] = nil
        }
        for (sequence, delta) in step.omitted where tip.chain[sequence] == nil {
          tip.chain[sequence] = delta
        }
        guard before != tip.chain else {
          #expect(throws: LedgerError.nothingToRevert(commits: [target])) {
            try ledger.revert([target], fixture.context())
          }
          continue
        }
        tip.commit = try ledger.revert([target], fixture.context())
        steps[tip.commit] = Step(
          added: tip.chain.filter { before[$0.key] == nil },
          omitted: before.filter { tip.chain[$0.key] == nil })
        states[tip.commit] = tip
        did { $0.branches[$0.current] = tip }
      case 60..<68:
        let name = "branch\(number)"
        let target = try #require(commitsInOrder().randomElement(using: &generator))
        try ledger.createBranch(name, at: target, fixture.context())
        did { $0.branches[name] = states[target] }
      case 68..<76:
        let name = try #require(plain.branches.keys.sorted().randomElement(using: &generator))
        guard name != plain.current else { continue }
        try ledger.switchToBranch(name, fixture.context())
        did { $0.current = name }
      case 76..<84:
        let target = try #require(commitsInOrder().randomElement(using: &generator))
        guard try target != tip().commit else { continue }
        try ledger.reset(to: target, fixture.context())
        did { $0.branches[$0.current] = states[target] }
      case 84..<94:
        guard let before = undoStack.popLast() else { continue }
        redoStack.append(plain)
        try ledger.undo(fixture.context())
        plain = before
      default:
        guard let after = redoStack.popLast() else {
          #expect(throws: LedgerError.nothingToRedo) { try ledger.redo(fixture.context()) }
          continue
        }
        undoStack.append(plain)
        try ledger.redo(fixture.context())
        plain = after
      }
      try expect(fixture, is: plain)
    }
    try fixture.expectSound()
  }

  private func expect(_ fixture: Fixture, is plain: Plain) throws {
    let view = try fixture.ledger.view()
    let tip = try #require(plain.branches[plain.current])
    #expect(try view.head() == .branch(name: plain.current, commit: tip.commit))
    #expect(
      try Dictionary(uniqueKeysWithValues: view.branches().map { ($0.name, $0.commit) })
        == plain.branches.mapValues(\.commit))
    let expected = tip.chain.sorted { $0.key < $1.key }
      .map { ChainEntry(sequence: $0.key, delta: $0.value) }
    let commit = try view.commit(tip.commit)
    #expect(try view.activeDeltas(of: commit) == expected)
    #expect(try view.chain(of: commit).nextSequence == tip.next)
    #expect(
      try commit.stateDigests
        == (expected.isEmpty
          ? [:]
          : NameDeriver().digests(model: fixture.model, activeDeltas: expected.map(\.delta))))
  }
}
