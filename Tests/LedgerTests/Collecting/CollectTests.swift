import Foundation
import Ledger
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

/// Taking out what nothing leads to.
@Suite struct CollectTests {
  /// A history of four commits, of which the last two have been left, long after the fixture's clock.
  private struct Abandoned {
    let fixture: Fixture
    let kept: CommitID
    let left: [CommitID]
    let now = 2_000_000_000

    init() throws {
      fixture = try Fixture()
      try fixture.commitRoot()
      kept = try fixture.commit(1)
      left = [try fixture.commit(2), try fixture.commit(3)]
      try fixture.ledger.reset(to: kept, fixture.context())
    }

    @discardableResult
    func collect(
      grace: Int = 100, operations: Int = 0, at seconds: Int = 0, dryRun: Bool = false
    ) throws -> CollectionReport {
      try fixture.ledger.collect(
        grace: grace, operations: operations, now: now + seconds, dryRun: dryRun)
    }

    func has(_ commit: CommitID) throws -> Bool {
      try fixture.store.snapshot().contains(commit)
    }
  }

  @Test func garbageGoesWhenItHasWaited() throws {
    let place = try Abandoned()
    let before = try place.fixture.store.statistics()
    // Of each commit left: itself, its delta, its chain, a node, and the chunk.
    let first = try place.collect()
    #expect(first.removed.objects == 0 && first.waiting.objects == 8 && first.waiting.chunks == 2)
    #expect(first.nextDue == place.now + 100)
    #expect(try place.collect(at: 99).removed.objects == 0)
    #expect(try place.has(place.left[0]))
    let last = try place.collect(at: 100)
    #expect(last.removed.objects == 8 && last.removed.chunks == 2 && last.waiting.objects == 0)
    #expect(try !place.has(place.left[0]) && !place.has(place.left[1]) && place.has(place.kept))
    let after = try place.fixture.store.statistics()
    #expect(
      before.objectCount - after.objectCount == 8 && before.chunkCount - after.chunkCount == 2)
    #expect(after.objectCount == last.kept.objects && after.chunkCount == last.kept.chunks)
    // No mark stays behind.
    #expect(try place.fixture.store.snapshot().properties(withPrefix: "garbage/").isEmpty)
    try place.fixture.expectSound()
  }

  @Test func whatCanBeUndoneIsKept() throws {
    let place = try Abandoned()
    let report = try place.collect(grace: 0, operations: 1_000_000_000)
    #expect(report.removed.objects == 0 && report.waiting.objects == 0)
    try place.fixture.ledger.undo(place.fixture.context())
    #expect(try place.fixture.head() == place.left[1])
    try place.fixture.expectSound()
  }

  @Test func whatIsGoneCannotBeUndoneAndTheRestCan() throws {
    let place = try Abandoned()
    try place.collect(grace: 0)
    #expect(throws: LedgerError.collected(type: "commit", id: place.left[1].digest)) {
      try place.fixture.ledger.undo(place.fixture.context())
    }
    #expect(try place.fixture.head() == place.kept)
    let next = try place.fixture.commit(4)
    try place.fixture.ledger.undo(place.fixture.context())
    #expect(try place.fixture.head() == place.kept)
    try place.fixture.ledger.redo(place.fixture.context())
    #expect(try place.fixture.head() == next)
    try place.fixture.expectSound()
  }

  @Test func aDryRunChangesNothing() throws {
    let place = try Abandoned()
    let file = try Data(
      contentsOf: URL(fileURLWithPath: place.fixture.directory.path("store/data.mdb")))
    #expect(try place.collect(grace: 0, dryRun: true).removed.objects == 8)
    #expect(try place.collect(dryRun: true).waiting.objects == 8)
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: place.fixture.directory.path("store/data.mdb")))
        == file)
  }

  @Test func whatIsWrittenAgainBeginsToWaitAnew() throws {
    let place = try Abandoned()
    try place.collect()
    _ = try place.fixture.delta(3)
    // The delta was written again and named by nothing: it has not waited, and keeps its chunk.
    let report = try place.collect(at: 100)
    #expect(report.removed.objects == 7 && report.removed.chunks == 1)
    #expect(report.waiting.objects == 1 && report.waiting.chunks == 1)
    #expect(try place.collect(at: 199).removed.objects == 0)
    #expect(try place.collect(at: 200).removed.objects == 1)
    try place.fixture.expectSound()
  }

  @Test func youngGarbageKeepsTheOldThatItNames() throws {
    let place = try Abandoned()
    try place.collect()
    // A commit that nobody refers to, on top of one that has waited.
    let old = try place.fixture.ledger.view().commit(place.left[1])
    let young = try place.fixture.store.put(
      Commit(
        parents: [place.left[1]], model: old.model, chain: old.chain, time: 5, author: "a",
        operation: .commit, message: "young"))
    #expect(try place.collect(at: 100).removed.objects == 0)
    #expect(try place.has(place.left[0]) && place.has(young))
    #expect(try place.collect(at: 200).removed.objects == 9)
    try place.fixture.expectSound()
  }

  @Test func whatBecomesOfUseAgainLosesItsMark() throws {
    let place = try Abandoned()
    try place.collect()
    try place.fixture.ledger.createBranch("back", at: place.left[1], place.fixture.context())
    #expect(try place.collect(at: 500).removed.objects == 0)
    try place.fixture.ledger.deleteBranches(["back"], place.fixture.context())
    // Were the first mark still there, this would take it out at once.
    #expect(try place.collect(at: 600).removed.objects == 0)
    #expect(try place.collect(at: 700).removed.objects == 8)
  }

  @Test func nothingGoesWhileSomethingKeptCannotBeRead() throws {
    let place = try Abandoned()
    let text = try place.fixture.ledger.view().commit(place.kept).encoded().text
    try replaceBytes(
      text, by: text.dropLast() + [0], in: place.fixture.directory.path("store/data.mdb"))
    #expect(throws: ObjectStoreError.self) { try place.collect(grace: 0) }
    #expect(try place.has(place.left[0]))
  }

  /// Random histories: whatever references and kept operations lead to stays, and nothing else.
  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8])
  func afterRandomOperationsExactlyWhatIsNamedStays(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let fixture = try Fixture()
    try fixture.commitRoot()
    var made: [CommitID: [CommitID]] = [:]
    let ledger = fixture.ledger
    var now = 2_000_000_000
    for number in 0..<80 {
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<5:
        let parent = try fixture.head()
        made[try fixture.commit(number)] = [parent]
      case 5:
        let branches = try ledger.view().branches().map(\.name)
        try ledger.switchToBranch(
          try #require(branches.randomElement(using: &generator)), fixture.context())
      case 6:
        try ledger.createBranch(
          "b\(number)", at: try fixture.head(), switching: true, fixture.context())
      case 7:
        let log = try ledger.view().log(from: [fixture.head()]).map(\.id)
        try ledger.reset(
          to: try #require(log.randomElement(using: &generator)), fixture.context())
      case 8:
        let others = try ledger.view().branches().map(\.name).filter { $0 != "main" }
        if let name = others.randomElement(using: &generator) {
          try ledger.switchToBranch("main", fixture.context())
          try ledger.deleteBranches([name], fixture.context())
        }
      default:
        now += Int.random(in: 0..<60, using: &generator)
        _ = try ledger.collect(grace: 50, operations: 0, now: now, dryRun: false)
        try fixture.expectSound()
      }
    }
    _ = try ledger.collect(grace: 0, operations: 0, now: now + 1, dryRun: false)
    let view = try ledger.view()
    let named = Set(try view.log(from: view.branches().map(\.commit)).map(\.id))
    for commit in made.keys {
      #expect(try view.snapshot.contains(commit) == named.contains(commit))
    }
    let report = try ledger.check(full: true)
    #expect(report.isSound && report.unreachableChunks == 0 && report.unreachableObjects == 0)
  }

  @Test func aWriterWhoseWorkWasTakenAwayIsToldAndTriesAgain() throws {
    let place = try Abandoned()
    let store = place.fixture.store
    let blob = try store.writeBlob(BlobSource([9, 9, 9, 9], rowBytes: 4))
    let delta = Delta(changes: [
      .init(
        tensor: "w",
        form: .replacement(.init(elementType: .float32, shape: [1], data: blob)))
    ])
    try place.collect(grace: 0)
    #expect(throws: ObjectStoreError.missing(.chunk(blob.chunks[0]))) { try store.put(delta) }
    _ = try store.writeBlob(BlobSource([9, 9, 9, 9], rowBytes: 4))
    let id = try store.put(delta)
    try place.collect(grace: 0)
    let draft = CommitDraft(deltas: [id], operation: .edit, message: "late")
    #expect(throws: LedgerError.missingObject(type: "delta", id: id.digest)) {
      try place.fixture.ledger.commit(draft, place.fixture.context())
    }
    #expect(try place.fixture.head() == place.kept)
    try place.fixture.expectSound()
  }

  @Test func aKillAtAnyMomentLeavesAWholeStore() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    do { _ = try rootedLedger(at: path) }
    for round in 0..<12 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, round = round as Int] in
        Thread.detachNewThread {
          usleep(UInt32(15_000 + round * 7_000))
          kill(getpid(), SIGKILL)
        }
        let ledger = Ledger(store: try ObjectStore.open(at: path), stateDeriver: NameDeriver())
        var number = round * 100_000
        while true {
          let head = try ledger.view().headCommit()
          try appendEdits(number..<number + 3, to: path)
          try ledger.reset(to: head, OperationContext(command: "", author: "a", time: number))
          try appendEdits(number + 3..<number + 4, to: path)
          _ = try ledger.collect(grace: 0, operations: 0, now: 1 << 40, dryRun: false)
          number += 4
        }
      }
      let ledger = Ledger(store: try ObjectStore.open(at: path), stateDeriver: NameDeriver())
      #expect(try ledger.check(full: true).isSound)
    }
    let ledger = Ledger(store: try ObjectStore.open(at: path), stateDeriver: NameDeriver())
    #expect(try ledger.view().log(from: [ledger.view().headCommit()]).count > 12)
  }

  /// Two processes commit while this one collects without any grace: it takes chunks and deltas away from
  /// under them, which they are told and try again, and no commit is lost.
  @Test func collectingBesideWritersLosesNothing() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    let ledger = try rootedLedger(at: path)
    async let first = #expect(processExitsWith: .success) { [path = path as String] in
      try appendEdits(1000..<1060, to: path)
    }
    async let second = #expect(processExitsWith: .success) { [path = path as String] in
      try appendEdits(2000..<2060, to: path)
    }
    func commits() throws -> Int { try ledger.view().log(from: [ledger.view().headCommit()]).count }
    let deadline = ContinuousClock.now.advanced(by: .seconds(120))
    while try commits() < 121, ContinuousClock.now < deadline {
      _ = try ledger.collect(grace: 0, operations: 0, now: 1 << 40, dryRun: false)
      // The thread is wanted for starting the others.
      try await Task.sleep(for: .milliseconds(1))
    }
    _ = await (first, second)
    #expect(try commits() == 121)
    #expect(try ledger.check(full: true).isSound)
  }
}

/// A ledger in a new store, with the commit of a model without weights.
private func rootedLedger(at path: String) throws -> Ledger {
  let ledger = Ledger(store: try ObjectStore.create(at: path), stateDeriver: NameDeriver())
  try ledger.begin()
  let model = try ledger.store.put(
    ModelManifest(
      architecture: "A", sourceName: "s", sourceFormat: "none", storage: .copied, tensors: [],
      files: []))
  try ledger.commitRoot(
    model: model, message: "", OperationContext(command: "", author: "", time: 0))
  return ledger
}

/// Commits one delta after the other, again where something was taken away or someone was faster.
private func appendEdits(_ numbers: Range<Int>, to path: String) throws {
  let ledger = Ledger(store: try ObjectStore.open(at: path), stateDeriver: NameDeriver())
  for number in numbers {
    while true {
      do {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        let blob = try ledger.store.writeBlob(BlobSource(bytes, rowBytes: 4))
        let delta = try ledger.store.put(
          Delta(changes: [
            .init(
              tensor: "w",
              form: .replacement(.init(elementType: .float32, shape: [1], data: blob)))
          ]))
        try ledger.commit(
          CommitDraft(deltas: [delta], operation: .edit, message: "\(number)"),
          OperationContext(command: "edit", author: "a", time: number))
        break
      } catch ObjectStoreError.missing {
        continue
      } catch LedgerError.missingObject {
        continue
      } catch LedgerError.referenceMoved {
        continue
      }
    }
  }
}
