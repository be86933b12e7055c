import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

/// Full checks that stop anywhere and go on.
@Suite struct ResumableCheckTests {
  private struct Stop: Error {}

  private static let begin = 1_700_000_000

  /// A store with blobs of many lengths in many objects, and snapshots of states.
  private final class Place {
    let directory: TemporaryDirectory
    let store: ObjectStore
    let contents: [[UInt8]]
    private(set) var attachments: [AttachmentID] = []
    let longest: Int
    var recordPath: String { store.path + "/check-progress" }

    init(seed: UInt64) throws {
      var generator = SeededGenerator(seed: seed)
      directory = try TemporaryDirectory()
      store = try makeStore(in: directory)
      contents = (0..<24).map { number in
        randomBytes(Int.random(in: 65...30_000, using: &generator), seed: seed << 8 + number)
      }
      for group in stride(from: 0, to: contents.count, by: 3) {
        let blobs = try store.writeBlobs(contents[group..<group + 3].map { BlobSource($0) })
        attachments.append(
          try store.put(
            Attachment(
              kind: "k",
              files: blobs.enumerated().map { NamedBlob(name: "f\($0.offset)", blob: $0.element) }))
        )
      }
      var longest = contents.map(\.count).max() ?? 0
      for number in 0..<3 {
        let bytes = randomBytes(5000 + number, seed: seed << 8 + UInt64(100 + number))
        longest = max(longest, bytes.count)
        let digest = StateDigest(bytes.withUnsafeBytes { contentDigest(of: $0) })
        let state = StateSnapshot(
          model: try emptyModel.encoded().id, nextSequence: number + 1,
          root: ChainNodeID(Digest256(words: [1, 2, 3, UInt64(number)])),
          matrices: [.init(tensor: "w", byteCount: bytes.count, digest: digest)])
        try store.keep(state) { _, body in try bytes.withUnsafeBytes { try body($0) } }
      }
      self.longest = longest
    }

    /// Damages chunks, an object and a snapshot, and adds objects whose blobs are not what they say.
    func damage(_ generator: inout SeededGenerator) throws {
      let file = store.path + "/data.mdb"
      func flip(_ bytes: [UInt8]) throws {
        let start = Int.random(in: 0...bytes.count - 64, using: &generator)
        let piece = Array(bytes[start..<start + 64])
        var changed = piece
        changed[Int.random(in: 0..<64, using: &generator)] ^= 1
        try replaceBytes(piece, by: changed, in: file)
      }
      for number in 0..<Int.random(in: 0...2, using: &generator) {
        let real = try store.writeBlob(
          BlobSource(randomBytes(900 + number, seed: generator.next())))
        let wrong = [UInt8(number)].withUnsafeBytes { ContentHash(of: $0) }
        if let blob = Blob(layout: real.layout, sha256: wrong, chunks: real.chunks) {
          try store.put(Attachment(kind: "wrong", files: [NamedBlob(name: "f", blob: blob)]))
        }
      }
      for content in contents.shuffled(using: &generator)
        .prefix(Int.random(in: 1...4, using: &generator))
      {
        try flip(content)
      }
      if Bool.random(using: &generator), let object = attachments.randomElement(using: &generator) {
        try flip(Array(#require(try store.snapshot().value(.objects, object.bytes))))
      }
      if Bool.random(using: &generator) {
        let state = try #require(store.snapshot().stateSnapshots().randomElement(using: &generator))
        var bytes = [UInt8](repeating: 0, count: state.byteCount)
        try bytes.withUnsafeMutableBytes {
          try store.snapshot().copyMatrix(0, of: state, into: $0)
        }
        try flip(bytes)
      }
    }

    var record: Data? {
      get { FileManager.default.contents(atPath: recordPath) }
      set {
        try? FileManager.default.removeItem(atPath: recordPath)
        try? newValue?.write(to: URL(fileURLWithPath: recordPath))
      }
    }

    func resume(
      recordBytes: Int = 1, _ progress: (Int) throws -> Void = { _ in }
    ) throws -> StoreReport {
      let now = ResumableCheckTests.begin + 60
      return try store.checkEverything(
        resuming: store.interruptedCheck(now: now), now: now, recordBytes: recordBytes,
        progress: progress)
    }
  }

  /// Checks in parts until one comes to the end.
  ///
  /// - Parameter kills: whether a part ends without a word, as a killed process does.
  /// - Returns: the last report, the bytes hashed by all parts, and the number of parts.
  private func checkInParts(
    _ place: Place, recordBytes: Int, kills: Bool, _ generator: inout SeededGenerator
  ) throws -> (report: StoreReport, bytes: Int, parts: Int) {
    var (bytes, parts) = (0, 0)
    while true {
      parts += 1
      var steps = Int.random(in: 1...25, using: &generator)
      var (partBytes, record) = (0, Data?.none)
      do {
        let report = try place.resume(recordBytes: recordBytes) { hashed in
          partBytes = hashed
          record = place.record
          steps -= 1
          if steps == 0 { throw Stop() }
        }
        return (report, bytes + report.bytesHashed, parts)
      } catch is Stop {
        bytes += partBytes
        if kills { place.record = record }
      }
    }
  }

  @Test(arguments: [false, true])
  func aSoundStoreIsHashedOnce(_ kills: Bool) throws {
    for seed in 0..<6 as Range<UInt64> {
      let place = try Place(seed: seed)
      var generator = SeededGenerator(seed: seed)
      let whole = try place.store.check(full: true)
      #expect(whole.isSound)
      let recordBytes = kills ? 20_000 : 1
      let (report, bytes, parts) = try checkInParts(
        place, recordBytes: recordBytes, kills: kills, &generator)
      #expect(report.isSound && report.objectsChecked == whole.objectsChecked)
      #expect(report.chunksChecked == whole.chunksChecked)
      // What is done again is the blob or snapshot that a part was at, and what was not recorded yet.
      let overlap = place.longest + (kills ? recordBytes : 0)
      #expect(parts > 1 && bytes >= whole.bytesHashed)
      #expect(bytes <= whole.bytesHashed + (parts - 1) * overlap, "seed \(seed), \(parts) parts")
      #expect(place.record == nil)
    }
  }

  @Test(arguments: [false, true])
  func thePartsFindWhatOneCheckFinds(_ kills: Bool) throws {
    var kinds: Set<String> = []
    for seed in 0..<20 as Range<UInt64> {
      let place = try Place(seed: seed)
      var generator = SeededGenerator(seed: 500 + seed)
      try place.damage(&generator)
      let whole = try place.store.check(full: true)
      #expect(!whole.isSound)
      for fault in whole.faults { kinds.insert("\(fault.problem)".prefix { $0 != "(" } + "") }
      let (report, _, parts) = try checkInParts(
        place, recordBytes: kills ? 20_000 : 1, kills: kills, &generator)
      #expect(report.faults == whole.faults, "seed \(seed), \(parts) parts")
      // Another look needs to hash no more than what is at fault.
      let again = try place.resume()
      #expect(again.faults == whole.faults && again.bytesHashed < whole.bytesHashed)
    }
    #expect(kinds.isSuperset(of: ["corrupted", "blobMismatch"]), "\(kinds)")
  }

  @Test func whatIsMendedBetweenThePartsIsNoFaultAnyMore() throws {
    let place = try Place(seed: 1)
    let content = place.contents[7]
    var changed = content
    changed[30] ^= 4
    let file = place.store.path + "/data.mdb"
    try replaceBytes(Array(content[..<64]), by: Array(changed[..<64]), in: file)
    #expect(try place.resume().faults.count == 1)
    _ = try place.store.writeBlob(BlobSource(content))
    let report = try place.resume()
    // The chunk, and the blob that could not be hashed before.
    #expect(report.isSound && report.bytesHashed == 2 * content.count)
    #expect(place.record == nil)
  }

  /// A check does not hash again what it has hashed: that is what it is told to be for.
  @Test func damageToWhatWasHashedBeforeIsLeftToTheNextCheck() throws {
    let place = try Place(seed: 2)
    let total = try place.store.check(full: true).bytesHashed
    #expect(throws: Stop.self) {
      try place.resume { if $0 > total / 2 { throw Stop() } }
    }
    // All chunks have been hashed by then, and not all blobs.
    for content in place.contents {
      try replaceBytes(
        Array(content[..<64]), by: [content[0] ^ 1] + content[1..<64],
        in: place.store.path + "/data.mdb")
    }
    let rest = try place.resume()
    #expect(rest.bytesHashed < total && rest.resumed?.begun == Self.begin + 60)
    // Of what is seen, by the blobs, it is said that it can be mended.
    #expect(!rest.faults.isEmpty && rest.faults.allSatisfy(\.isMendable), "\(rest.faults)")
    #expect(try place.store.check(full: true).faults.count == place.contents.count)
  }

  @Test func aRecordThatDoesNotHoldIsNotUsed() throws {
    let place = try Place(seed: 3)
    func interrupt() throws {
      place.record = nil
      #expect(throws: Stop.self) { try place.resume { if $0 > 100_000 { throw Stop() } } }
    }
    func expect(_ error: UnusableCheck, now: Int = Self.begin + 60) {
      #expect(throws: error) { try place.store.interruptedCheck(now: now) }
    }
    try interrupt()
    #expect(try place.store.interruptedCheck(now: Self.begin + 61)?.bytesHashed ?? 0 > 100_000)
    let begun = Self.begin + 60
    expect(.tooOld(begun: begun), now: begun + ObjectStore.checkLifetime + 1)
    expect(.tooOld(begun: begun), now: begun - 1)
    let good = try #require(place.record)
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<50 {
      var bad = good
      bad[Int.random(in: 0..<bad.count, using: &generator)] ^=
        1
        << UInt8.random(
          in: 0..<8, using: &generator)
      place.record = bad
      expect(.damaged)
    }
    for length in [0, 1, 64, 65, good.count - 1] {
      place.record = good.prefix(length)
      expect(.damaged)
    }
    // Another file in its place: a copy.
    place.record = good
    let copy = place.directory.path("copy")
    try FileManager.default.copyItem(atPath: place.store.path, toPath: copy)
    #expect(throws: UnusableCheck.ofAnotherFile) {
      try ObjectStore.open(at: copy).interruptedCheck(now: Self.begin + 60)
    }
    // It does not stand in the way of a new one.
    place.record = good.prefix(70)
    let report = try place.store.checkEverything(resuming: nil, now: begun)
    #expect(report.isSound && place.record == nil)
  }

  @Test func aStoreOnWhichNothingCanBeRecordedIsChecked() throws {
    let place = try Place(seed: 4)
    try FileManager.default.createDirectory(
      atPath: place.recordPath, withIntermediateDirectories: false)
    try Data().write(to: URL(fileURLWithPath: place.recordPath + "/in the way"))
    #expect(throws: Stop.self) { try place.resume { if $0 > 100_000 { throw Stop() } } }
    let total = try place.store.check(full: true).bytesHashed
    #expect(
      try place.store.checkEverything(resuming: nil, now: 0, recordBytes: 1).bytesHashed == total)
  }

  /// One that has just begun does not take the place of one that has come far.
  @Test func aCheckFromTheBeginningLeavesTheEarlierOneUntilItHasSomethingToShow() throws {
    let place = try Place(seed: 5)
    #expect(throws: Stop.self) { try place.resume { if $0 > 100_000 { throw Stop() } } }
    let earlier = place.record
    func beginAnew(recordBytes: Int) {
      #expect(throws: Stop.self) {
        try place.store.checkEverything(
          resuming: nil, now: Self.begin + 90, recordBytes: recordBytes
        ) { if $0 > 50_000 { throw Stop() } }
      }
    }
    beginAnew(recordBytes: 1 << 20)
    #expect(place.record == earlier)
    beginAnew(recordBytes: 40_000)
    #expect(try place.store.interruptedCheck(now: Self.begin + 91)?.begun == Self.begin + 90)
  }
}
