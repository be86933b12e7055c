import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

/// Writing the store's file anew.
@Suite struct CompactTests {
  /// A closed store that had 40 blobs of 200 kB, of which four are left.
  private static func store(in directory: TemporaryDirectory) throws -> (path: String, kept: [Blob])
  {
    let store = try makeStore(in: directory)
    var kept: [Blob] = []
    for seed in 0..<40 {
      let blob = try store.writeBlob(BlobSource(randomBytes(200_000, seed: UInt64(seed))))
      if seed % 10 == 0 {
        kept.append(blob)
        let attachment = try store.put(
          Attachment(kind: "kept", files: [NamedBlob(name: "f", blob: blob)]))
        var commit = try looseCommit("\(seed)")
        commit.attachments = ["f": attachment]
        let id = try store.put(commit)
        try store.write {
          try $0.setReference(name("kept\(seed)"), from: nil, to: .commit(id))
        }
      }
    }
    _ = try store.collect(grace: 0, now: 1, dryRun: false) { reader in
      try reader.references().compactMap { ObjectInspection.link(of: $0.value) }
    }
    return (store.path, kept)
  }

  private static func expectWhole(_ path: String, kept: [Blob]) throws {
    let store = try ObjectStore.open(at: path)
    #expect(try store.check(full: true).isSound)
    for (index, blob) in kept.enumerated() {
      #expect(
        try store.snapshot().readBlob(blob) == randomBytes(200_000, seed: UInt64(10 * index)))
    }
    try store.put(looseCommit("later"))
  }

  @Test func theNewFileHasWhatTheOldOneHadInLessRoom() throws {
    let directory = try TemporaryDirectory()
    let (path, kept) = try Self.store(in: directory)
    #expect(chmod(path + "/data.mdb", 0o640) == 0)
    let (before, after) = try ObjectStore.compact(at: path)
    #expect(before > 8_000_000 && after < 1_200_000)
    #expect(try permissions(path + "/data.mdb") == 0o640)
    #expect(
      Set(try FileManager.default.contentsOfDirectory(atPath: path)) == ["data.mdb", "lock.mdb"])
    try Self.expectWhole(path, kept: kept)
    // And again, which changes nothing more.
    #expect(try ObjectStore.compact(at: path).after <= after + 65_536)
    try Self.expectWhole(path, kept: kept)
  }

  @Test func aStoreInUseIsLeftAlone() async throws {
    let directory = try TemporaryDirectory()
    let (path, kept) = try Self.store(in: directory)
    let store = try ObjectStore.open(at: path)
    #expect(throws: ObjectStoreError.busy(path: path)) { try ObjectStore.compact(at: path) }
    await #expect(processExitsWith: .success) { [path = path as String] in
      do {
        _ = try ObjectStore.compact(at: path)
        exit(1)
      } catch ObjectStoreError.busy {}
    }
    withExtendedLifetime(store) {}
    try Self.expectWhole(path, kept: kept)
  }

  @Test func noStoreIsNone() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: ObjectStoreError.notAStore(path: directory.path("none"))) {
      try ObjectStore.compact(at: directory.path("none"))
    }
  }

  @Test func aKillAtAnyMomentLeavesAWholeStore() async throws {
    let directory = try TemporaryDirectory()
    let (path, kept) = try Self.store(in: directory)
    for round in 0..<12 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, round = round as Int] in
        Thread.detachNewThread {
          usleep(UInt32(1000 + round * 1700))
          kill(getpid(), SIGKILL)
        }
        while true { _ = try ObjectStore.compact(at: path) }
      }
      try Self.expectWhole(path, kept: kept)
    }
  }

  /// Processes that open the store while it is being compacted again and again: none may work on a file
  /// that was replaced under it.
  @Test func openingMeanwhileWaitsOrIsInTime() async throws {
    let directory = try TemporaryDirectory()
    let (path, kept) = try Self.store(in: directory)
    async let first = #expect(processExitsWith: .success) { [path = path as String] in
      try openAndWrite(60, at: path, by: "first")
    }
    async let second = #expect(processExitsWith: .success) { [path = path as String] in
      try openAndWrite(60, at: path, by: "second")
    }
    async let third = #expect(processExitsWith: .success) { [path = path as String] in
      for _ in 0..<200 {
        do { _ = try ObjectStore.compact(at: path) } catch ObjectStoreError.busy { usleep(500) }
      }
    }
    _ = await (first, second, third)
    let references = try ObjectStore.open(at: path).snapshot().references()
    #expect(references.count == 4 + 120)
    try Self.expectWhole(path, kept: kept)
  }
}

private func openAndWrite(_ count: Int, at path: String, by author: String) throws {
  for number in 0..<count {
    let store = try ObjectStore.open(at: path)
    let id = try store.put(looseCommit("\(author) \(number)"))
    try store.write {
      try $0.setReference(name("\(author)\(number)"), from: nil, to: .commit(id))
    }
  }
}
