import Foundation
import Ledger
import ObjectModel
import ObjectStore
import TestSupport
import Testing

/// Old stores open: `store/sealed` has two of every format, one with weights (`SealedWeightsTests`). The other
/// holds ``sealedHistory(_:)`` as the program of its time wrote it.
@Suite struct SealedStoreTests {
  private static let directory = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("store/sealed").path

  @Test func thereIsOneOfEveryFormat() throws {
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: Self.directory).sorted()
        == (1...ObjectStore.format).flatMap { ["format-\($0)", "format-\($0)-weights"] })
  }

  @Test(arguments: 1...ObjectStore.format)
  func everySealedStoreOpensAndIsWhole(_ format: Int) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    // LMDB writes a lock file, so it gets a copy.
    try FileManager.default.copyItem(atPath: Self.directory + "/format-\(format)", toPath: path)
    let ledger = Ledger(store: try ObjectStore.open(at: path), stateDeriver: NameDeriver())
    #expect(try ledger.check(full: true).isSound)

    // What it says is what the same history says today, to the last name.
    let fixture = try Fixture()
    try sealedHistory(fixture)
    let (sealed, fresh) = (try ledger.view(), try fixture.ledger.view())
    #expect(try sealed.head() == fresh.head())
    #expect(try sealed.branches() == fresh.branches() && sealed.tags() == fresh.tags())
    #expect(
      try sealed.operations().map(\.operation)
        == fresh.operations().map(\.operation).map { format == 1 ? $0.withoutAuthor : $0 })
    #expect(
      try sealed.log(from: [sealed.headCommit()]).map(\.commit)
        == fresh.log(from: [fresh.headCommit()]).map(\.commit))
    let delta = try #require(try sealed.activeDeltas(of: sealed.commit(sealed.headCommit())).first)
    let blob = try #require(try sealed.snapshot.object(delta.delta).blobs.first)
    #expect(try sealed.snapshot.readBlob(blob) == [1, 0, 0, 0])

    // And it goes on.
    _ = try ledger.undo(fixture.context())
    #expect(try ledger.check(full: true).isSound)
  }
}

/// Commits, a revert, a branch, both kinds of tag, a reset and an undo.
func sealedHistory(_ fixture: Fixture) throws {
  let root = try fixture.commitRoot()
  let commits = try (1...40).map { try fixture.commit($0) }
  try fixture.ledger.createTag("v1", at: commits[9], fixture.context())
  try fixture.ledger.createTag("v2", at: commits[19], message: "Half", fixture.context())
  try fixture.ledger.revert([commits[4], commits[35]], fixture.context())
  try fixture.ledger.createBranch("side", at: root, fixture.context())
  try fixture.ledger.reset(to: commits[3], fixture.context())
  try fixture.ledger.undo(fixture.context())
}

extension LoggedOperation {
  /// As programs logged it that did not say who.
  fileprivate var withoutAuthor: LoggedOperation {
    LoggedOperation(time: time, command: command, reversal: reversal, changes: changes)
  }
}
