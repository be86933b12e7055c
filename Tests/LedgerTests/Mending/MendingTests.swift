import Foundation
import Ledger
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct MendingTests {
  /// Hands over packs that a test has made.
  private struct ForgedSource: PackSource {
    struct GaveUp: Error {}

    let entries: [PackItem: [UInt8]]
    var failsAfterwards = false

    func packs(
      with items: Set<PackItem>, _ take: (inout PackReader, Int) throws -> Void
    ) throws {
      var bytes: [UInt8] = []
      var writer = try PackWriter { bytes += $0 }
      for (item, content) in entries where items.contains(item) {
        try content.withUnsafeBytes { content in
          switch item {
          case .chunk(let id): try writer.chunk(id, content)
          case .object(let id): try writer.object(id, content)
          }
        }
      }
      try writer.finish()
      var position = 0
      var reader = try PackReader { count in
        let piece = Array(bytes[position..<min(bytes.count, position + count)])
        position += piece.count
        return piece
      }
      try take(&reader, 0)
      if failsAfterwards { throw GaveUp() }
    }
  }

  /// A history with deltas of one chunk and of several.
  private func history() throws -> Fixture {
    let fixture = try Fixture(commits: 2)
    try fixture.commit(blob: randomBytes(9000, seed: 1))
    try fixture.commit(blob: randomBytes(9 << 20, seed: 2))
    try fixture.commit(blob: randomBytes(700, seed: 3))
    return fixture
  }

  private func chunks(of fixture: Fixture, bytes: Int) throws -> [ChunkID] {
    for entry in try fixture.entries() {
      let delta = try fixture.ledger.view().snapshot.object(entry.delta)
      if let blob = delta.blobs.first, blob.byteCount == bytes { return blob.chunks }
    }
    throw CocoaError(.featureUnsupported)
  }

  /// A copy of a history in which every chunk of the one large blob is damaged, with what was there.
  private func damagedLargeBlob() throws -> (
    origin: Fixture, copy: Fixture, sound: [PackItem: [UInt8]], large: [ChunkID]
  ) {
    let origin = try history()
    let copy = try origin.copy()
    let large = try chunks(of: copy, bytes: 9 << 20)
    for chunk in large { try copy.flip(.chunk(chunk), byte: 5) }
    return (origin, copy, try origin.content(), large)
  }

  /// A source that has these chunks and nothing else.
  private func source(
    of chunks: some Sequence<ChunkID>, in sound: [PackItem: [UInt8]],
    failsAfterwards: Bool = false
  ) throws -> ForgedSource {
    let entries = try chunks.map { chunk in
      let bytes = try #require(sound[.chunk(chunk)])
      return (PackItem.chunk(chunk), bytes)
    }
    return ForgedSource(
      entries: Dictionary(uniqueKeysWithValues: entries), failsAfterwards: failsAfterwards)
  }

  @Test func whatIsDamagedOrMissingComesBackAndNothingElseChanges() throws {
    let origin = try history()
    let copy = try origin.copy()
    let sound = try copy.content()
    let large = try chunks(of: copy, bytes: 9 << 20)
    #expect(large.count == 3)
    let delta = try #require(try copy.entries().last).delta
    let flipped: [PackItem] = try [
      .chunk(large[1]), .chunk(chunks(of: copy, bytes: 9000)[0]),
      .object(copy.head().digest), .object(delta.digest),
    ]
    for (number, item) in flipped.enumerated() { try copy.flip(item, byte: 17 + number) }
    let lost = PackItem.chunk(try chunks(of: origin, bytes: 700)[0])
    try copy.lose(lost)
    // The lost chunk is seen by the name that it has now alone: the delta that names it is damaged.
    #expect(try copy.ledger.check(full: true).faults.count == 5)

    let (report, left) = try copy.mend(from: [LocalRemote(origin.ledger)])
    #expect(left.isSound, "\(left.faults)")
    #expect(Set(report.mended.compactMap(\.packItem)) == Set(flipped + [lost]))
    // The lost chunk's bytes lay under a name that is not theirs.
    #expect(report.dropped.count == 1 && report.refused.isEmpty)
    #expect(try copy.content() == sound)
    #expect(!FileManager.default.fileExists(atPath: copy.store.path + "/mending"))
  }

  /// Whatever bits of however many things flip.
  @Test func damageAtRandomPlacesIsMended() throws {
    let origin = try history()
    for seed in 0..<12 as Range<UInt64> {
      var generator = SeededGenerator(seed: 100 + seed)
      let copy = try origin.copy()
      let sound = try copy.content()
      let items = sound.keys.sorted { "\($0)" < "\($1)" }.shuffled(using: &generator)
      let flipped = items.prefix(Int.random(in: 1...8, using: &generator))
      for item in flipped {
        let length = try #require(sound[item]).count
        try copy.flip(
          item, byte: Int.random(in: 0..<length, using: &generator),
          bit: Int.random(in: 0..<8, using: &generator))
      }
      let (report, left) = try copy.mend(from: [LocalRemote(origin.ledger)])
      #expect(left.isSound, "seed \(seed): \(left.faults)")
      #expect(Set(report.mended.compactMap(\.packItem)) == Set(flipped), "seed \(seed)")
      #expect(try copy.content() == sound, "seed \(seed)")
    }
  }

  @Test func whatTheSourceHasNotIsNamedAndTheRestIsMended() throws {
    let origin = try Fixture(commits: 1)
    try origin.commit(blob: randomBytes(5000, seed: 4))
    let copy = try origin.copy()
    try copy.commit(blob: randomBytes(6000, seed: 5))
    let (shared, own) = try (
      chunks(of: copy, bytes: 5000)[0], chunks(of: copy, bytes: 6000)[0]
    )
    try copy.flip(.chunk(shared), byte: 1)
    try copy.flip(.chunk(own), byte: 1)
    let (report, left) = try copy.mend(from: [LocalRemote(origin.ledger)])
    #expect(report.mended == [.chunk(shared)] && report.dropped.isEmpty)
    #expect(left.faults.count == 1 && left.store.faults.first?.item == .chunk(own))
  }

  /// A name of XXH3-128 is no proof: other bytes can be made to have it.
  @Test func otherBytesOfTheSameNameAreRefused() throws {
    let (real, forged) = CollidingBytes.pair(seed: 6)
    #expect(real != forged)
    let name = real.withUnsafeBytes { ChunkID(contentDigest(of: $0)) }
    #expect(forged.withUnsafeBytes { ChunkID(contentDigest(of: $0)) } == name)
    let origin = try Fixture(commits: 1)
    try origin.commit(blob: real)
    let liar = try Fixture(commits: 1)
    try liar.commit(blob: forged)
    let copy = try origin.copy()
    try copy.flip(.chunk(name), byte: 200)
    let damaged = try copy.content()

    let (report, left) = try copy.mend(from: [LocalRemote(liar.ledger)])
    #expect(report.refused == [.chunk(name)] && report.mended.isEmpty)
    #expect(left.faults.count == 1)
    #expect(try copy.content() == damaged)
    // It does not stand in the way of one that does not lie.
    let (second, after) = try copy.mend(
      from: [LocalRemote(liar.ledger), LocalRemote(origin.ledger)])
    #expect(second.mended == [.chunk(name)] && after.isSound)
    #expect(try copy.content() == origin.content())
  }

  @Test func bytesThatAreNotThoseOfTheirNameEndTheMending() throws {
    let origin = try history()
    let copy = try origin.copy()
    let chunk = try chunks(of: copy, bytes: 9000)[0]
    try copy.flip(.chunk(chunk), byte: 0)
    try copy.flip(.object(copy.head().digest), byte: 40)
    let damaged = try copy.content()
    for item in [PackItem.chunk(chunk), .object(try copy.head().digest)] {
      let lie = ForgedSource(entries: [item: Array("rledit something else".utf8)])
      #expect(throws: PackError.self) { try copy.mend(from: [lie]) }
      #expect(try copy.content() == damaged)
    }
  }

  @Test func sourcesThatHaveHalfEachMendTogether() throws {
    let origin = try history()
    let copy = try origin.copy()
    let sound = try origin.content()
    let large = try chunks(of: copy, bytes: 9 << 20)
    let halves = try large.prefix(2).map { chunk in
      try copy.flip(.chunk(chunk), byte: 5)
      return try source(of: [chunk], in: sound)
    }
    // One half proves nothing: the SHA-256 is of the whole.
    let (alone, left) = try copy.mend(from: [halves[0]])
    #expect(alone.mended.isEmpty && alone.refused.isEmpty && left.faults.count == 2)
    // It waits for the other one.
    let (together, after) = try copy.mend(from: [halves[1]])
    #expect(together.mended.count == 2 && after.isSound)
    #expect(try copy.content() == sound)
  }

  @Test func aSourceThatFailsLeavesItToTheNext() throws {
    let (origin, copy, sound, large) = try damagedLargeBlob()
    let bad = try source(of: [large[0]], in: sound, failsAfterwards: true)
    var failures = 0
    let (report, left) = try copy.ledger.mend(
      copy.ledger.check(full: true), from: [bad, bad, LocalRemote(origin.ledger)],
      progress: { _, _ in },
      failed: { error in
        #expect(error is ForgedSource.GaveUp)
        failures += 1
      })
    #expect(failures == 2 && report.mended.count == large.count && left.isSound)
    #expect(try copy.content() == sound)
  }

  @Test func aDamagedStageIsBegunAnew() throws {
    let (origin, copy, sound, large) = try damagedLargeBlob()
    let half = try source(of: [large[0]], in: sound, failsAfterwards: true)
    #expect(throws: ForgedSource.GaveUp.self) { try copy.mend(from: [half]) }
    // Leaves of trees become branches.
    let file = URL(fileURLWithPath: copy.store.path + "/mending/data.mdb")
    var stage = try Data(contentsOf: file)
    for page in 2..<stage.count / 4096 where stage[page * 4096 + 10] == 2 {
      stage[page * 4096 + 10] = 1
    }
    try stage.write(to: file)
    let (report, left) = try copy.mend(from: [LocalRemote(origin.ledger)])
    #expect(report.mended.count == large.count && left.isSound)
    #expect(try copy.content() == sound)
  }

  /// What a collection has taken out an old operation names still.
  @Test func whatNothingNeedsIsDroppedAlsoAfterACollection() throws {
    let origin = try history()
    let copy = try origin.copy()
    let view = try copy.ledger.view()
    let parent = try #require(view.commit(copy.head()).parents.first)
    try copy.commit(90)
    try copy.ledger.reset(to: parent, copy.context())
    let now = copy.context().time + 10
    _ = try copy.ledger.collect(grace: 0, operations: 0, now: now, dryRun: false)
    _ = try copy.ledger.collect(grace: 0, operations: 0, now: now + 1, dryRun: false)
    #expect(try copy.ledger.check(full: true).isSound)
    try copy.lose(.object(parent.digest))
    let (report, left) = try copy.mend(from: [LocalRemote(origin.ledger)])
    #expect(left.isSound, "\(left.faults)")
    #expect(report.mended.count == 1 && report.dropped.count == 1)
  }

  @Test func whatArrivedBeforeAMendingBrokeOffIsUsedByTheNext() throws {
    let (_, copy, sound, large) = try damagedLargeBlob()
    let half = try source(of: [large[0]], in: sound, failsAfterwards: true)
    #expect(throws: ForgedSource.GaveUp.self) { try copy.mend(from: [half]) }
    let rest = try source(of: large.dropFirst(), in: sound)
    let (report, left) = try copy.mend(from: [rest])
    #expect(report.mended.count == 3 && left.isSound)
  }

  /// Nothing that can be read says what a damaged object names.
  @Test func whatAMendedObjectNamesIsMendedToo() throws {
    let origin = try history()
    let copy = try origin.copy()
    let sound = try copy.content()
    let view = try copy.ledger.view()
    let commit = try view.commit(copy.head())
    let delta = try #require(commit.added.first).delta
    let chunk = try view.snapshot.object(delta).blobs[0].chunks[0]
    let parent = try #require(commit.parents.first)
    for item in [PackItem.object(delta.digest), .object(parent.digest), .chunk(chunk)] {
      try copy.lose(item)
    }
    try copy.flip(.object(copy.head().digest), byte: 30)
    let (report, left) = try copy.mend(from: [LocalRemote(origin.ledger)])
    #expect(left.isSound, "\(left.faults)")
    #expect(report.mended.count == 4 && report.dropped.count == 3)
    #expect(try copy.content() == sound)
  }

  @Test func aDamagedSnapshotOfAStateIsDropped() throws {
    let fixture = try Fixture(commits: 2)
    let bytes = randomBytes(4096, seed: 7)
    let view = try fixture.ledger.view()
    let chain = try view.chain(of: view.commit(fixture.head()))
    let digest = StateDigest(bytes.withUnsafeBytes { contentDigest(of: $0) })
    let state = StateSnapshot(
      model: fixture.model, nextSequence: chain.nextSequence, root: try #require(chain.root),
      matrices: [.init(tensor: "w", byteCount: bytes.count, digest: digest)])
    try fixture.store.keep(state) { _, body in try bytes.withUnsafeBytes { try body($0) } }
    try replaceBytes(
      Array(bytes[100..<200]), by: [bytes[100] ^ 1] + bytes[101..<200],
      in: fixture.store.path + "/data.mdb")
    let (report, left) = try fixture.mend(from: [])
    #expect(report.dropped.count == 1 && left.isSound)
    #expect(try fixture.ledger.view().snapshot.stateSnapshots().isEmpty)
  }

  @Test func damagedPagesAreLeftAlone() throws {
    let origin = try history()
    let copy = try origin.copy()
    let file = copy.store.path + "/data.mdb"
    let data = try Data(contentsOf: URL(fileURLWithPath: file))
    let handle = try #require(FileHandle(forUpdatingAtPath: file))
    defer { try? handle.close() }
    // A leaf of a tree as it is now becomes a branch, by the flags in its head.
    var found = try copy.ledger.check(full: false)
    for page in (2..<data.count / 4096).reversed() where data[page * 4096 + 10] == 2 {
      for flags: UInt8 in [1, 2] where found.isSound {
        try handle.seek(toOffset: UInt64(page * 4096 + 10))
        try handle.write(contentsOf: Data([flags]))
        found = try copy.ledger.check(full: false)
      }
    }
    #expect(found.store.hasPageFaults)
    let before = try Data(contentsOf: URL(fileURLWithPath: file))
    let (report, left) = try copy.ledger.mend(found, from: [LocalRemote(origin.ledger)]) { _, _ in }
    #expect(report == MendingReport() && left.faults == found.faults)
    #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
  }
}
