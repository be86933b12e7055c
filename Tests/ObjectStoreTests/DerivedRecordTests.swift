import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct DerivedRecordTests {
  private let directory: TemporaryDirectory
  private let store: ObjectStore
  private let commits: [CommitID]

  init() throws {
    directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    self.store = store
    commits = try (0..<3).map { try store.put(looseCommit("\($0)")) }
  }

  @Test func whatIsKeptOfACommitComesBackAndTheLatestCounts() throws {
    try store.keepDerivedRecord(randomBytes(100, seed: 1), of: commits[0])
    try store.keepDerivedRecord(randomBytes(90_000, seed: 2), of: commits[1])
    try store.keepDerivedRecord(randomBytes(50, seed: 3), of: commits[0])
    let snapshot = try store.snapshot()
    #expect(try snapshot.derivedRecord(of: commits[0]) == randomBytes(50, seed: 3))
    #expect(try snapshot.derivedRecord(of: commits[1]) == randomBytes(90_000, seed: 2))
    #expect(try snapshot.derivedRecord(of: commits[2]) == nil)
    #expect(try store.check(full: true).isSound)
  }

  @Test func recordsAndSnapshotsOfStatesAreDroppedApart() throws {
    try store.keepDerivedRecord([1, 2, 3], of: commits[0])
    try store.keepDerivedRecord([4, 5, 6], of: commits[1])
    #expect(try store.dropStateSnapshots { _ in true } == 0)
    let gone = commits[0]
    #expect(try store.dropDerivedRecords { commit, _ in commit == gone } == 1)
    let snapshot = try store.snapshot()
    #expect(try snapshot.derivedRecord(of: commits[0]) == nil)
    #expect(try snapshot.derivedRecord(of: commits[1]) == [4, 5, 6])
  }

  @Test func aFlippedBitMakesARecordAsGoodAsNoneAndIsNamed() throws {
    let content = randomBytes(9000, seed: 5)
    try store.keepDerivedRecord(content, of: commits[1])
    let place = Array(content[4000..<4032])
    try replaceBytes(
      place, by: [place[0] ^ 16] + place.dropFirst(), in: directory.path("store/data.mdb"))
    #expect(try store.snapshot().derivedRecord(of: commits[1]) == nil)
    #expect(try store.check(full: false).faults.map(\.item) == [.derivedRecord(commits[1])])
    #expect(try store.dropDerivedRecords { _, _ in false } == 1)
    #expect(try store.check(full: true).isSound)
  }
}
