import Foundation
import Ledger
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct CheckTests {
  @Test func aSoundLedgerHasNoFaultsAndCountsWhatIsLeftOver() throws {
    let fixture = try Fixture()
    try fixture.commitRoot()
    for number in 1...5 { try fixture.commit(number) }
    var report = try fixture.ledger.check(full: true)
    #expect(report.isSound && report.commitsChecked == 6)
    #expect(report.unreachableObjects == 0 && report.unreachableChunks == 0)
    _ = try fixture.delta(99)
    // What was undone is still in the operation log.
    try fixture.ledger.undo(fixture.context())
    report = try fixture.ledger.check(full: true)
    #expect(report.isSound && report.commitsChecked == 6)
    #expect(report.unreachableObjects == 1 && report.unreachableChunks == 1)
  }

  @Test func aCommitThatLiesAboutItsChangesIsFound() throws {
    let fixture = try Fixture()
    try fixture.commitRoot()
    let first = try fixture.commit(1)
    var commit = try fixture.ledger.view().commit(first)
    commit.added = []
    let lying = try fixture.store.put(commit)
    try fixture.ledger.createBranch("lying", at: lying, fixture.context())
    #expect(try fixture.ledger.check(full: false).faults == [.wrongChanges(lying)])
  }

  @Test func aChainThatLiesAboutItsLengthIsFound() throws {
    let fixture = try Fixture()
    try fixture.commitRoot()
    let first = try fixture.commit(1)
    var commit = try fixture.ledger.view().commit(first)
    let chain = try fixture.ledger.view().chain(of: commit)
    commit.chain = try fixture.store.put(Chain(nextSequence: 5, activeCount: 2, root: chain.root))
    let lying = try fixture.store.put(commit)
    try fixture.ledger.createBranch("lying", at: lying, fixture.context())
    #expect(
      try fixture.ledger.check(full: false).faults == [
        .wrongChainCount(lying, expected: 2, found: 1)
      ])
  }

  @Test func damageNamesTheCommitsItTouches() throws {
    let directory: TemporaryDirectory
    let path: String
    let commits: [CommitID]
    let chunk: ChunkID
    do {
      let fixture = try Fixture()
      directory = fixture.directory
      path = fixture.store.path
      try fixture.commitRoot()
      commits = try (1...3).map { try fixture.commit($0 * 0x1357_9bdf) }
      let delta = try fixture.ledger.view().snapshot.object(fixture.delta(2 * 0x1357_9bdf))
      chunk = delta.blobs[0].chunks[0]
    }
    let url = URL(fileURLWithPath: path + "/data.mdb")
    var file = try Data(contentsOf: url)
    // The chunk's key, then its four bytes, stand in a leaf page.
    let key = try #require(file.range(of: Data(chunk.bytes)))
    file[key.upperBound] ^= 4
    try file.write(to: url)
    let ledger = Ledger(store: try ObjectStore.open(at: path), stateDeriver: NameDeriver())
    let report = try ledger.check(full: true)
    let faults = report.faults.compactMap { fault -> [CommitID]? in
      guard case .store(let inner, let touched) = fault, inner.item == .chunk(chunk) else {
        return nil
      }
      return touched
    }
    #expect(faults.count == 1)
    // The commit that made the delta and the later one, whose chain has it still.
    #expect(Set(faults.first ?? []) == Set(commits[1...]))
    withExtendedLifetime(directory) {}
  }

  @Test func aLedgerWithoutAHeadIsFound() throws {
    let directory = try TemporaryDirectory()
    let store = try ObjectStore.create(at: directory.path("store"))
    let ledger = Ledger(store: store, stateDeriver: NameDeriver())
    #expect(throws: LedgerError.notALedger) { try ledger.view().head() }
    #expect(try ledger.check(full: false).faults == [.badHead])
  }
}
