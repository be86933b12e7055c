import Ledger
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct BundleTests {
  /// Bytes that a pack was written to, read from the beginning.
  private final class Tape {
    var bytes: [UInt8] = []
    private var position = 0

    func append(_ piece: UnsafeRawBufferPointer) { bytes += piece }

    func read(_ count: Int) -> [UInt8] {
      let piece = Array(bytes[position..<min(bytes.count, position + count)])
      position += piece.count
      return piece
    }
  }

  private func take(
    _ tape: Tape, into fixture: Fixture, from origin: String? = "other"
  ) throws -> [TakenReference] {
    var reader = try PackReader(read: tape.read)
    return try fixture.ledger.unbundle(&reader, from: origin, fixture.context()).references
  }

  /// A pack made by hand, with a header for one branch.
  private func forged(
    branch commit: CommitID? = nil, header: [UInt8]? = nil,
    _ body: (inout PackWriter) throws -> Void = { _ in }
  ) throws -> Tape {
    let tape = Tape()
    let name = try #require(ReferenceName("refs/heads/main"))
    let text =
      try header
      ?? commit.map {
        try BundleHeader(references: [.init(name: name, value: .commit($0))]).encoded().text
      }
    var writer = try PackWriter(header: text) { tape.append($0) }
    try body(&writer)
    try writer.finish()
    return tape
  }

  private func put<Object: CanonicalObject>(
    _ object: Object, _ writer: inout PackWriter
  ) throws {
    let encoded = try object.encoded()
    try encoded.text.withUnsafeBytes { try writer.object(encoded.id.digest, $0) }
  }

  private func expectNothing(_ fixture: Fixture) throws {
    #expect(
      try fixture.ledger.view().snapshot.references(withPrefix: "refs/remotes/").isEmpty)
    try fixture.expectSound()
  }

  @Test(arguments: 1...4)
  func aHistoryTravelsInPieces(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let (origin, copy) = (try Fixture(), try Fixture())
    var known: [CommitID] = []
    try origin.commitRoot()
    for number in 0..<12 {
      for step in 0..<Int.random(in: 0..<4, using: &generator) {
        try origin.commit(10 * number + step)
      }
      if Bool.random(using: &generator) {
        let target = try #require(
          origin.ledger.view().log(from: [origin.head()]).randomElement(using: &generator))
        _ = try? origin.ledger.revert([target.id], origin.context())
      }
      let view = try origin.ledger.view()
      let tape = Tape()
      let main = try #require(ReferenceName("refs/heads/main"))
      _ = try view.writeBundle(
        BundleRequest(references: [main], excluded: known)
      ) { tape.append($0) }
      _ = try take(tape, into: copy)
      let head = try origin.head()
      #expect(try copy.ledger.view().resolve("other/main") == head)
      #expect(
        try copy.ledger.view().log(from: [head]).map(\.id) == view.log(from: [head]).map(\.id))
      if Bool.random(using: &generator) { known = [head] }
    }
    try copy.expectSound()
  }

  @Test func whatAnObjectNamesMustBeThere() throws {
    let fixture = try Fixture()
    let stranger = ModelID(try #require(Digest256(bytes: [UInt8](repeating: 7, count: 32))))
    let commit = Commit(
      model: stranger, time: 0, author: "Eve", operation: .import, message: "m")
    let id = try commit.encoded().id
    let tape = try forged(branch: id) { try put(commit, &$0) }
    #expect(
      throws: PackError.missing(
        .object(type: "model", id: stranger.digest),
        neededBy: .object(type: "commit", id: id.digest))
    ) { try take(tape, into: fixture) }
    try expectNothing(fixture)
  }

  @Test func anObjectNamedAsAnotherTypeIsRefused() throws {
    let fixture = try Fixture()
    // The model's id where a chain's belongs.
    let commit = Commit(
      model: fixture.model, chain: ChainID(fixture.model.digest), time: 0, author: "Eve",
      operation: .import, message: "m")
    let id = try commit.encoded().id
    let tape = try forged(branch: id) { try put(commit, &$0) }
    #expect(
      throws: PackError.malformed(
        .object(type: "commit", id: id.digest), reason: "it names a model as a chain")
    ) { try take(tape, into: fixture) }
    try expectNothing(fixture)
  }

  /// XXH3 is no cryptographic hash: only the SHA-256 tells chunks that were put together wrongly.
  @Test func blobsAreHashedWhole() throws {
    let fixture = try Fixture()
    let honest = try fixture.store.writeBlob(BlobSource([1, 2, 3, 4], rowBytes: 4))
    let other = try fixture.store.writeBlob(BlobSource([5, 6, 7, 8], rowBytes: 4))
    let forgedBlob = try #require(
      Blob(layout: honest.layout, sha256: honest.sha256, chunks: other.chunks))
    let attachment = Attachment(kind: "k", files: [NamedBlob(name: "f", blob: forgedBlob)])
    let id = try attachment.encoded().id
    let tape = try forged(branch: fixture.commitRoot()) { try put(attachment, &$0) }
    #expect(throws: PackError.wrongContent(.object(type: "attachment", id: id.digest))) {
      try take(tape, into: fixture)
    }
    try expectNothing(fixture)
  }

  @Test func commitsThatContradictThemselvesAreRefused() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let delta = try fixture.delta(1)
    var editor = ChainEditor(.empty, source: try fixture.store.snapshot())
    try editor.append(delta)
    let (chain, nodes) = try editor.finish()
    // The chain has a delta that the commit does not own up to.
    let commit = Commit(
      parents: [root], model: fixture.model, chain: try chain.encoded().id, time: 0, author: "Eve",
      operation: .edit, message: "m")
    let id = try commit.encoded().id
    let tape = try forged(branch: id) { writer in
      for node in nodes { try node.text.withUnsafeBytes { try writer.object(node.id.digest, $0) } }
      try put(chain, &writer)
      try put(commit, &writer)
    }
    #expect(throws: SharingError.unsoundCommit(id)) { try take(tape, into: fixture) }
    try expectNothing(fixture)
    // It lies in the store now; a bundle that takes it for granted does not make it good.
    let name = try #require(ReferenceName("refs/heads/main"))
    let header = BundleHeader(
      references: [.init(name: name, value: .commit(id))], prerequisites: [id])
    #expect(throws: SharingError.unsoundCommit(id)) {
      try take(forged(header: header.encoded().text), into: fixture)
    }
    try expectNothing(fixture)
  }

  /// Twelve nodes, each with the next one in all its slots, stand for 2⁶⁰ entries.
  @Test func aChainOfMoreEntriesThanThereIsTimeForIsRefused() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    let delta = try fixture.delta(1)
    var nodes = [
      try ChainNode(
        deltas: (0..<Chain.fanOut).map { .init(index: $0, id: delta) }
      ).encoded()
    ]
    for level in 1..<Chain.maximumHeight {
      let below = nodes[level - 1].id
      nodes.append(
        try ChainNode(
          level: level, nodes: (0..<Chain.fanOut).map { .init(index: $0, id: below) }
        ).encoded())
    }
    let chain = Chain(
      nextSequence: 1 << 60, activeCount: 1 << 60, root: nodes[Chain.maximumHeight - 1].id)
    let commit = Commit(
      parents: [root], model: fixture.model, chain: try chain.encoded().id,
      added: [ChainEntry(sequence: 0, delta: delta)], time: 0, author: "Eve", operation: .edit,
      message: "m")
    let id = try commit.encoded().id
    let tape = try forged(branch: id) { writer in
      for node in nodes { try node.text.withUnsafeBytes { try writer.object(node.id.digest, $0) } }
      try put(chain, &writer)
      try put(commit, &writer)
    }
    #expect(throws: SharingError.unsoundCommit(id)) { try take(tape, into: fixture) }
  }

  @Test func headersAreBelievedNothing() throws {
    let fixture = try Fixture()
    let root = try fixture.commitRoot()
    #expect(throws: SharingError.notABundle) { try take(forged(), into: fixture) }
    // A name that looks like an id would be taken for what it names.
    for name in [
      "HEAD", "refs/remotes/x/y", "refs/heads/", "refs/heads/a..b", "refs/tags/\(root.hex)",
      "refs/tags/-x", "refs/hypernetworks/HEAD",
    ] {
      let name = try #require(ReferenceName(name))
      let header = BundleHeader(references: [.init(name: name, value: .commit(root))])
      #expect(throws: ObjectModelError.self) { try header.encoded() }
      var writer = CanonicalWriter(type: "bundle")
      header.write(to: &writer)
      #expect(throws: SharingError.self) {
        try take(forged(header: writer.text), into: fixture)
      }
    }
    let tag = try Tag(
      target: root, name: "t", message: "m", time: 0, author: "Eve"
    ).encoded()
    let branch = try #require(ReferenceName("refs/heads/main"))
    #expect(throws: ObjectModelError.self) {
      try BundleHeader(references: [.init(name: branch, value: .tag(tag.id))]).encoded()
    }
    let absent = CommitID(try #require(Digest256(bytes: [UInt8](repeating: 9, count: 32))))
    #expect(throws: SharingError.missingTarget(name: "refs/heads/main")) {
      try take(forged(branch: absent), into: fixture)
    }
    try expectNothing(fixture)
  }

  @Test func lengthsAreBoundedBeforeMemoryIsAskedFor() throws {
    let fixture = try Fixture()
    let tape = Tape()
    tape.bytes = PackFormat.magic + [1, 0, 0, 0] + [1] + [UInt8](repeating: 0, count: 16)
    tape.bytes += [0xff, 0xff, 0xff, 0xff]
    var reader = try PackReader(read: tape.read)
    #expect(throws: PackError.tooLarge(bytes: 0xffff_ffff, limit: 4 << 20)) {
      try fixture.store.receive(&reader)
    }
    let newer = Tape()
    newer.bytes = PackFormat.magic + [2, 0, 0, 0]
    #expect(throws: PackError.newerVersion(found: 2, supported: 1)) {
      try PackReader(read: newer.read)
    }
  }

  /// Two that saw the same and push at the same time: the second is told, and nothing is lost.
  @Test func aPushThatComesTooLateMovesNothing() throws {
    let (shared, first, second) = (try Fixture(), try Fixture(), try Fixture())
    try shared.commitRoot()
    let main = try #require(ReferenceName("refs/heads/main"))
    for (number, fixture) in [first, second].enumerated() {
      _ = try fixture.ledger.fetch(
        from: LocalRemote(shared.ledger), as: nil, fixture.context(), progress: { _, _ in })
      try fixture.commit(number + 1)
    }
    let there = try shared.ledger.view().listing()
    let plans = try [first, second].map {
      try $0.ledger.view().pushed([.reference(main)], to: there, force: false)
    }
    func push(_ fixture: Fixture, _ plan: [PushedReference]) throws {
      let view = try fixture.ledger.view()
      _ = try LocalRemote(shared.ledger).put(
        plan, from: view, known: view.known(of: there), fixture.context(), progress: { _, _ in })
    }
    try push(first, plans[0])
    let (number, winner) = try #require(try shared.ledger.view().operations().first)
    #expect(
      throws: LedgerError.overtaken(
        name: "refs/heads/main", by: ReferenceMove(number, winner))
    ) {
      try push(second, plans[1])
    }
    #expect(try shared.head() == first.head())
    #expect(throws: LedgerError.notFastForward(name: "main")) {
      try second.ledger.view().pushed(
        [.reference(main)], to: shared.ledger.view().listing(), force: false)
    }
    try shared.expectSound()
  }
}
