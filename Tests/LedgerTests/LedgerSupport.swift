import Ledger
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

/// Derives a digest from the names of the deltas alone: two states have the same digest exactly when
/// they have the same deltas in the same order on the same model.
struct NameDeriver: StateDeriver {
  func digests(
    model: ModelID, chain: Chain, nodes: some ChainNodeSource
  ) throws -> [String: StateDigest] {
    try digests(model: model, activeDeltas: chain.entries(source: nodes).map(\.delta))
  }

  func digests(model: ModelID, activeDeltas: [DeltaID]) throws -> [String: StateDigest] {
    let bytes = model.bytes + activeDeltas.flatMap(\.bytes)
    return ["w": StateDigest(bytes.withUnsafeBytes { contentDigest(of: $0) })]
  }
}

/// Signs with a key that can be changed or taken away.
final class HeldKey: SigningKeySource, @unchecked Sendable {
  var key: SigningKey?

  init(_ key: SigningKey? = nil) { self.key = key }

  func signingKey() throws -> SigningKey? { key }
}

/// A ledger in a directory of its own, with a model and as many small deltas as asked for.
final class Fixture {
  let directory: TemporaryDirectory
  let store: ObjectStore
  let ledger: Ledger
  let model: ModelID
  /// What new commits are signed with.
  let signing: HeldKey
  private var clock = 1_700_000_000

  init(signing key: SigningKey? = nil) throws {
    signing = HeldKey(key)
    directory = try TemporaryDirectory()
    store = try ObjectStore.create(at: directory.path("store"))
    ledger = Ledger(store: store, stateDeriver: NameDeriver(), signing: signing)
    try ledger.begin()
    model = try store.put(
      ModelManifest(
        architecture: "A", sourceName: "s", sourceFormat: "none", storage: .copied, tensors: [],
        files: []))
  }

  /// A ledger with a root and so many commits on it, of the deltas 0, 1, 2, …
  convenience init(commits: Int) throws {
    try self.init()
    try commitRoot()
    for number in 0..<commits { try commit(number) }
  }

  /// A moment later than the last one.
  func context(_ command: String = "test") -> OperationContext {
    clock += 1
    return OperationContext(command: command, author: "Ada", time: clock)
  }

  func delta(_ number: Int) throws -> DeltaID {
    try delta((0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
  }

  private func delta(_ bytes: [UInt8]) throws -> DeltaID {
    let blob = try store.writeBlob(BlobSource(bytes, rowBytes: 4))
    return try store.put(
      Delta(changes: [
        .init(
          tensor: "w",
          form: .replacement(.init(elementType: .float32, shape: [bytes.count / 4], data: blob)))
      ]))
  }

  @discardableResult
  func commitRoot() throws -> CommitID {
    try ledger.commitRoot(model: model, message: "Import", context("rledit import"))
  }

  @discardableResult
  func commit(_ number: Int, message: String? = nil) throws -> CommitID {
    try ledger.commit(
      CommitDraft(
        deltas: [delta(number)], operation: .edit, message: message ?? "Commit \(number)"),
      context("rledit edit \(number)"))
  }

  /// A commit with a delta of these bytes.
  func commit(blob bytes: [UInt8]) throws {
    _ = try ledger.commit(
      CommitDraft(deltas: [delta(bytes)], operation: .edit, message: "Large"), context())
  }

  /// The current chain.
  func entries() throws -> [ChainEntry] {
    let view = try ledger.view()
    return try view.activeDeltas(of: view.commit(view.headCommit()))
  }

  func head() throws -> CommitID { try ledger.view().headCommit() }

  func expectSound() throws {
    let report = try ledger.check(full: true)
    #expect(report.faults.isEmpty)
  }
}
