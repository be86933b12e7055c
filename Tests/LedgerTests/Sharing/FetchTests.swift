import Ledger
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

/// Fetching while others are at work in the same store.
@Suite struct FetchTests {
  /// What has come is taken out before it is referenced: it is sent again.
  @Test(arguments: [1, 3]) func whatACollectionTakesOutMeanwhileIsFetchedAgain(
    collections: Int
  ) throws {
    let (shared, fixture) = (try Fixture(commits: 2), try Fixture())
    let remote = CollectingRemote(
      LocalRemote(shared.ledger), collections: collections, in: fixture.ledger)
    try expectFetched(from: remote, shared, into: fixture)
    #expect(remote.asked == collections + 1)
  }

  /// What was here unreferenced, and so was not sent, is taken out while that comes which builds on it.
  @Test func whatWasCountedOnAndIsTakenOutIsFetched() throws {
    let shared = try Fixture(commits: 1)
    func half() throws -> Fixture {
      let fixture = try Fixture()
      let listing = try shared.ledger.view().listing()
      _ = try LocalRemote(shared.ledger).bring(
        listing.references, known: [], into: fixture.store, progress: { _, _ in })
      return fixture
    }
    let halves = try [half(), half()]
    try shared.commit(7)
    let local = CollectingRemote(
      LocalRemote(shared.ledger), collections: 1, in: halves[0].ledger, whileReceiving: true)
    try expectFetched(from: local, shared, into: halves[0])
    #expect(local.asked == 2)
    try converse(with: shared) { wire in
      let remote = CollectingRemote(
        wire, collections: 1, in: halves[1].ledger, whileReceiving: true)
      try expectFetched(from: remote, shared, into: halves[1])
      #expect(remote.asked == 2)
    }
  }

  private func expectFetched(
    from remote: CollectingRemote, _ shared: Fixture, into fixture: Fixture
  ) throws {
    _ = try fixture.ledger.fetch(
      from: remote, as: "other", fixture.context(), progress: { _, _ in })
    let branch = try #require(ReferenceName("refs/remotes/other/main"))
    #expect(try fixture.ledger.view().snapshot.reference(branch) == .commit(shared.head()))
    try fixture.expectSound()
  }

  /// A collection that never ends is told, and nothing is referenced.
  @Test func afterSomeTimesTheErrorOfACollectionIsTold() throws {
    let (shared, fixture) = (try Fixture(), try Fixture())
    try shared.commitRoot()
    let remote = CollectingRemote(
      LocalRemote(shared.ledger), collections: .max, in: fixture.ledger)
    #expect(throws: SharingError.missingTarget(name: "refs/heads/main")) {
      _ = try fixture.ledger.fetch(
        from: remote, as: "other", fixture.context(), progress: { _, _ in })
    }
    #expect(remote.asked == 4)
    #expect(
      try fixture.ledger.view().snapshot.references(withPrefix: "refs/remotes/").isEmpty)
    try fixture.expectSound()
  }
}

/// Another store beside which a collection without grace takes out what has just come from it, or, while
/// that is on its way, what is here.
private final class CollectingRemote: RemoteStore {
  private let remote: any RemoteStore
  private let ledger: Ledger
  private let whileReceiving: Bool
  private var left: Int
  private(set) var asked = 0

  init(
    _ remote: any RemoteStore, collections: Int, in ledger: Ledger, whileReceiving: Bool = false
  ) {
    (self.remote, self.ledger, left) = (remote, ledger, collections)
    self.whileReceiving = whileReceiving
  }

  func listing() throws -> RemoteListing { try remote.listing() }

  func bring(
    _ references: [NamedReference], known: [CommitID], into store: ObjectStore,
    progress: TransferProgress
  ) throws -> PackReport {
    asked += 1
    let report = try remote.bring(references, known: known, into: store) {
      if whileReceiving { try collect() }
      try progress($0, $1)
    }
    if !whileReceiving { try collect() }
    return report
  }

  private func collect() throws {
    guard left > 0 else { return }
    left -= 1
    _ = try ledger.collect(grace: 0, operations: 0, now: 1 << 40, dryRun: false)
  }

  func put(
    _ pushed: [PushedReference], from view: LedgerView, known: [CommitID],
    _ context: OperationContext, progress: TransferProgress
  ) throws -> PackReport {
    try remote.put(pushed, from: view, known: known, context, progress: progress)
  }

  func packs(
    with items: Set<PackItem>, _ take: (_ pack: inout PackReader, _ total: Int) throws -> Void
  ) throws {
    try remote.packs(with: items, take)
  }
}
