import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct BlobTests {
  @Test(arguments: [0, 1, 15, 100, 2000, 2100, 4096, 100_000, 4 << 20, (4 << 20) + 1, 9_999_999])
  func bytesReadBackAligned(_ count: Int) throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let bytes = randomBytes(count, seed: UInt64(count))
    let blob = try store.writeBlob(BlobSource(bytes, rowBytes: 1000))
    #expect(blob.sha256 == bytes.withUnsafeBytes { ContentHash(of: $0) })
    let snapshot = try store.snapshot()
    #expect(try snapshot.readBlob(blob) == bytes)
    try snapshot.verifyBlob(blob)
    for (index, segment) in try snapshot.segments(of: blob).enumerated() {
      #expect(Int(bitPattern: segment.baseAddress).isMultiple(of: ReadSnapshot.alignment))
      #expect(segment.elementsEqual(bytes[blob.layout.range(ofChunk: index)]))
      #expect(index == blob.chunks.count - 1 || segment.count.isMultiple(of: 1000))
    }
    #expect(try ObjectStore.describeBlob(BlobSource(bytes, rowBytes: 1000)) == blob)
  }

  @Test func pagesOfBlobsThatWereCopiedAreNotHeld() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let bytes = randomBytes(9 << 20, seed: 8)
    let blob = try store.writeBlob(BlobSource(bytes))
    let snapshot = try store.snapshot()
    func resident() throws -> Int {
      try MappedMemory.residentBytes(ofFile: directory.path("store/data.mdb"))
    }
    let segments = try snapshot.segments(of: blob)
    #expect(segments.flatMap { Array($0) } == bytes)
    let held = try resident()
    #expect(held >= 9 << 20)
    try snapshot.letGo(of: blob)
    let left = try resident()
    #expect(left < 1 << 20)
    #expect(try snapshot.readBlob(blob) == bytes)
    let leftByReading = try resident()
    #expect(leftByReading < 1 << 20)
    // What pointed there still does.
    #expect(segments.flatMap { Array($0) } == bytes)
  }

  @Test func allPagesCanBeLetGo() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let contents = (0..<6).map { randomBytes(1 << 20, seed: $0) }
    let blobs = try contents.map { try store.writeBlob(BlobSource($0)) }
    func resident() throws -> Int {
      try MappedMemory.residentBytes(ofFile: directory.path("store/data.mdb"))
    }
    let snapshot = try store.snapshot()
    let segments = try blobs.map { try snapshot.segments(of: $0) }
    func content() -> [[UInt8]] { segments.map { $0.flatMap { Array($0) } } }
    #expect(content() == contents)
    #expect(try resident() >= 6 << 20)
    try snapshot.letGoOfPages()
    #expect(try resident() < 1 << 20)
    #expect(content() == contents)
  }

  @Test func pointersOutliveManyWrites() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let bytes = randomBytes(6 << 20, seed: 5)
    let small = randomBytes(37, seed: 6)
    let blob = try store.writeBlob(BlobSource(bytes))
    let smallBlob = try store.writeBlob(BlobSource(small))
    let snapshot = try store.snapshot()
    let segments = try snapshot.segments(of: blob) + snapshot.segments(of: smallBlob)
    for seed in 100..<110 {
      _ = try store.writeBlob(BlobSource(randomBytes(3 << 20, seed: UInt64(seed))))
    }
    #expect(segments.flatMap { Array($0) } == bytes + small)
    // Still the state of its moment.
    #expect(try store.statistics().chunkCount == 13)
    let late = try store.put(looseCommit("late"))
    #expect(try !snapshot.contains(late))
    withExtendedLifetime(snapshot) {}
  }

  @Test func manyBlobsAreWrittenInBoundedTransactions() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let pattern = randomBytes(5 << 20, seed: 9)
    let sources = (0..<30).map { number in
      BlobSource(byteCount: pattern.count, rowBytes: 7) { range, body in
        var bytes = Array(pattern[range])
        bytes[0] = UInt8(number)
        try bytes.withUnsafeBytes { try body($0) }
      }
    }
    var steps: [Int] = []
    let blobs = try store.writeBlobs(sources) { steps.append($0) }
    #expect(steps.last == 30 * pattern.count)
    #expect(steps.count == 3)
    #expect(zip([0] + steps, steps).allSatisfy { $1 - $0 <= ObjectStore.transactionBytes })
    for (number, blob) in blobs.enumerated() {
      let read = try store.snapshot().readBlob(blob)
      #expect(read.count == pattern.count && read[0] == UInt8(number) && read[1] == pattern[1])
    }
    #expect(try store.check(full: true).isSound)
  }

  @Test func theSameBytesAreStoredOnce() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let bytes = randomBytes(3 << 20, seed: 3)
    let first = try store.writeBlob(BlobSource(bytes))
    let before = try store.statistics()
    #expect(try store.writeBlob(BlobSource(bytes)) == first)
    #expect(try store.statistics() == before)
  }

  @Test func aStoppedImportLeavesNothingNamed() throws {
    struct Stop: Error {}
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let sources = (0..<20).map { BlobSource(randomBytes(4 << 20, seed: $0)) }
    #expect(throws: Stop.self) { try store.writeBlobs(sources) { _ in throw Stop() } }
    #expect(try store.check(full: true).isSound)
    #expect(try store.writeBlobs(sources).count == 20)
  }

  @Test func missingChunksAreNamed() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    let blob = try ObjectStore.describeBlob(BlobSource([1, 2, 3]))
    #expect(throws: ObjectStoreError.missing(.chunk(blob.chunks[0]))) {
      try store.snapshot().readBlob(blob)
    }
  }
}
