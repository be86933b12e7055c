import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct GrowingTests {
  private static let tinyMap = 256 << 10

  @Test func aTinyMapGrowsAsItFills() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory, mapBytes: Self.tinyMap)
    var blobs: [Blob] = []
    for seed in 0..<12 {
      blobs.append(try store.writeBlob(BlobSource(randomBytes(1 << 20, seed: UInt64(seed)))))
    }
    for (seed, blob) in blobs.enumerated() {
      #expect(try store.snapshot().readBlob(blob) == randomBytes(1 << 20, seed: UInt64(seed)))
    }
    #expect(try store.check(full: true).isSound)
  }

  @Test func aSnapshotKeepsTheMapFromGrowingAndNothingIsLost() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory, mapBytes: Self.tinyMap)
    let kept = try store.writeBlob(BlobSource(randomBytes(100_000, seed: 1)))
    var snapshot: ReadSnapshot? = try store.snapshot()
    let segments = try snapshot?.segments(of: kept)
    #expect(throws: ObjectStoreError.mapFull(limit: Self.tinyMap)) {
      try store.writeBlob(BlobSource(randomBytes(1 << 20, seed: 2)))
    }
    #expect(segments?.flatMap { Array($0) } == randomBytes(100_000, seed: 1))
    #expect(try snapshot?.readBlob(kept) == randomBytes(100_000, seed: 1))
    snapshot = nil
    _ = try store.writeBlob(BlobSource(randomBytes(1 << 20, seed: 2)))
    #expect(try store.snapshot().readBlob(kept) == randomBytes(100_000, seed: 1))
  }

  @Test func theGrowthOfAnotherProcessIsFollowed() async throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory, mapBytes: Self.tinyMap)
    let path = store.path
    let before = try store.put(looseCommit("before"))
    await #expect(processExitsWith: .success) { [path = path as String] in
      let store = try ObjectStore.open(at: path, mapBytes: 256 << 10)
      _ = try store.writeBlob(BlobSource(randomBytes(4 << 20, seed: 3)))
    }
    let blob = try ObjectStore.describeBlob(BlobSource(randomBytes(4 << 20, seed: 3)))
    #expect(try store.snapshot().readBlob(blob) == randomBytes(4 << 20, seed: 3))
    _ = try store.writeBlob(BlobSource(randomBytes(4 << 20, seed: 4)))
    #expect(try store.snapshot().contains(before))
  }
}
