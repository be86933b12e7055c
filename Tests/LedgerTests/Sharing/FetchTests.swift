import Ledger
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

/// Fetching while others are at work in the same store.
@Suite struct FetchTests {
  /// What had come, or was here unreferenced, is taken out before it is referenced: it is sent again.
  @Test(arguments: [1, 3]) func whatACollectionTakesOutMeanwhileIsFetchedAgain(
    collections: Int
  ) throws {
    let (shared, fixture) = (try Fixture(), try Fixture())
    try shared.commitRoot()
    let remote = CollectingRemote(
      LocalRemote(shared.ledger), collections: collections, in: fixture.ledger)
    _ = try fixture.ledger.fetch(
      from: remote, as: "other", fixture.context(), progress: { _, _ in })
    let branch = try #require(ReferenceName("refs/remotes/other/main"))
    #expect(
      try fixture.ledger.view().snapshot.reference(branch)
        == .commit(try shared.head()))
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

/// Another store beside which a collection without grace takes out what has just come from it.
private final class CollectingRemote: RemoteStore {
  private let remote: LocalRemote
  private let ledger: Ledger
  private var left: Int
  private(set) var asked = 0

  init(_ remote: LocalRemote, collections: Int, in ledger: Ledger) {
    (self.remote, self.ledger, left) = (remote, ledger, collections)
  }

  func listing() throws -> RemoteListing { try remote.listing() }

  func bring(
    _ references: [NamedReference], known: [CommitID], into store: ObjectStore,
    progress: TransferProgress
  ) throws -> PackReport {
    asked += 1
    let report = try remote.bring(references, known: known, into: store, progress: progress)
    if left > 0 {
      left -= 1
      _ = try ledger.collect(grace: 0, operations: 0, now: 1 << 40, dryRun: false)
    }
    return report
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
