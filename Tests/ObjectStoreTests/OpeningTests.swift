import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct OpeningTests {
  @Test func aStoreIsItsOwnersAlone() throws {
    let directory = try TemporaryDirectory()
    let store = try makeStore(in: directory)
    #expect(try permissions(store.path) == 0o700)
    #expect(try permissions(store.path + "/data.mdb") == 0o600)
    #expect(try permissions(store.path + "/lock.mdb") == 0o600)
  }

  @Test func anEmptyDirectoryIsTakenAndClosedToOthers() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    _ = try ObjectStore.create(at: path)
    #expect(try permissions(path) == 0o700)
  }

  @Test func aStoreIsNotMadeOverAnything() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    do { _ = try makeStore(in: directory) }
    #expect(throws: ObjectStoreError.alreadyAStore(path: path)) { try ObjectStore.create(at: path) }
    let other = directory.path("other")
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
    try Data().write(to: URL(fileURLWithPath: other + "/file"))
    #expect(throws: ObjectStoreError.notAnEmptyDirectory(path: other)) {
      try ObjectStore.create(at: other)
    }
    #expect(throws: ObjectStoreError.notAStore(path: directory.path("no/such"))) {
      try ObjectStore.create(at: directory.path("no/such"))
    }
  }

  @Test func whatIsNoStoreIsSaidToBeNone() throws {
    let directory = try TemporaryDirectory()
    for missing in [directory.path("none"), directory.path] {
      #expect(throws: ObjectStoreError.notAStore(path: missing)) {
        try ObjectStore.open(at: missing)
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    // What cannot be looked at may be a store.
    let loop = directory.path("loop")
    try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: "loop")
    #expect(throws: ObjectStoreError.ioError(errno: ELOOP, path: loop)) {
      try ObjectStore.open(at: loop)
    }
    let garbage = directory.path("garbage")
    try FileManager.default.createDirectory(atPath: garbage, withIntermediateDirectories: false)
    try Data(randomBytes(20_000, seed: 1)).write(to: URL(fileURLWithPath: garbage + "/data.mdb"))
    #expect(throws: ObjectStoreError.notAStore(path: garbage)) {
      try ObjectStore.open(at: garbage)
    }
  }

  @Test func oneStoreIsSharedByAProcessAndClosedWithItsLastUser() throws {
    let directory = try TemporaryDirectory()
    let first = try makeStore(in: directory)
    let link = directory.path("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: first.path)
    #expect(try ObjectStore.open(at: link) === first)
    weak var weakStore: ObjectStore?
    let id: CommitID
    do {
      let inner = try TemporaryDirectory()
      let store = try makeStore(in: inner)
      weakStore = store
      id = try store.put(looseCommit("kept"))
      let path = store.path
      let snapshot = try store.snapshot()
      #expect(try ObjectStore.open(at: path).snapshot().object(id).message == "kept")
      _ = snapshot
    }
    #expect(weakStore == nil)
  }

  @Test func aStoreOpensAgainFromManyThreadsAtOnce() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    do { _ = try makeStore(in: directory) }
    try await withThrowingTaskGroup(of: CommitID.self) { group in
      for number in 0..<40 {
        group.addTask { try ObjectStore.open(at: path).put(looseCommit("\(number)")) }
      }
      for try await id in group {
        #expect(try ObjectStore.open(at: path).snapshot().contains(id))
      }
    }
    #expect(try ObjectStore.open(at: path).statistics().objectCount == 41)
  }

  @Test func aFileThatWasCutOffIsRefused() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    do { _ = try makeStore(in: directory).writeBlob(BlobSource(randomBytes(1 << 20, seed: 1))) }
    // The shortest keeps the two pages that say how long the file should be.
    for length in [1 << 19, 8192] {
      let file = try #require(FileHandle(forUpdatingAtPath: path + "/data.mdb"))
      try file.truncate(atOffset: UInt64(length))
      try file.close()
      for opening in [ObjectStore.open, ObjectStore.create] {
        #expect {
          try opening(path, ObjectStore.defaultMapBytes)
        } throws: { error in
          guard case .truncated(_, let expected, length)? = error as? ObjectStoreError else {
            return false
          }
          return expected > 1 << 20
        }
      }
    }
  }

  @Test func aCreationThatWasCutOffIsTakenUpAgain() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try Data().write(to: URL(fileURLWithPath: path + "/data.mdb"))
    try Data().write(to: URL(fileURLWithPath: path + "/lock.mdb"))
    #expect(throws: ObjectStoreError.notAStore(path: path)) { try ObjectStore.open(at: path) }
    let store = try ObjectStore.create(at: path)
    #expect(try store.statistics().objectCount == 0)
  }

  /// As another program leaves it that uses LMDB and was killed while it opened the store.
  @Test func aLockFileThatIsNotOfTheStoresFileIsRefused() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    let bytes = randomBytes(100_000, seed: 3)
    let blob: Blob
    // Kept open: closing it would drop the locks that this process has on it.
    let file: FileHandle
    do {
      let store = try makeStore(in: directory)
      file = try #require(FileHandle(forUpdatingAtPath: path + "/lock.mdb"))
      func words() throws -> [UInt64] {
        try file.seek(toOffset: 0)
        let head = try #require(try file.read(upToCount: 128))
        return head.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
      }
      // The number of the last transaction is what a writing adds one to.
      let before = try words()
      blob = try store.writeBlob(BlobSource(bytes))
      let after = try words()
      let place = try #require(zip(before, after).enumerated().first { $1.1 == $1.0 + 1 }?.offset)
      #expect(after[place] >= 2)
      try file.seek(toOffset: UInt64(8 * place))
      try file.write(contentsOf: Data(count: 8))
      #expect(throws: ObjectStoreError.busy(path: path)) {
        try store.writeBlob(BlobSource(randomBytes(100_000, seed: 4)))
      }
      #expect(throws: ObjectStoreError.busy(path: path)) { try store.snapshot() }
    }
    // Who opens it anew puts it right, and nothing is lost.
    let store = try ObjectStore.open(at: path)
    _ = try store.writeBlob(BlobSource(randomBytes(100_000, seed: 4)))
    #expect(try store.snapshot().readBlob(blob) == bytes)
    #expect(try store.check(full: true).faults.isEmpty)
    try file.close()
  }

  /// Writes another text over the value of `format` in a closed store's file.
  private func setFormat(_ text: String, at path: String) throws {
    let url = URL(fileURLWithPath: path + "/data.mdb")
    var file = try Data(contentsOf: url)
    var changes = 0
    while let range = file.range(of: Data("format1".utf8)) {
      file.replaceSubrange(range, with: Data(("format" + text).utf8))
      changes += 1
    }
    #expect(changes > 0)
    try file.write(to: url)
  }

  @Test func theStoreOfANewerProgramIsRefused() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    do { _ = try makeStore(in: directory) }
    try setFormat("9", at: path)
    #expect(throws: ObjectStoreError.newerFormat(found: 9, supported: 1)) {
      try ObjectStore.open(at: path)
    }
    #expect(throws: ObjectStoreError.alreadyAStore(path: path)) { try ObjectStore.create(at: path) }
  }

  @Test func aFormatThatIsNoNumberIsRefused() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    do { _ = try makeStore(in: directory) }
    try setFormat("x", at: path)
    #expect(
      throws: ObjectStoreError.malformed(.property(name: "format"), reason: "not a number")
    ) { try ObjectStore.open(at: path) }
  }

  @Test func aSmallAddressSpaceIsEnough() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("store")
    await #expect(processExitsWith: .success) { [path = path as String] in
      var limit = rlimit(rlim_cur: 8 << 30, rlim_max: 8 << 30)
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
      let store = try ObjectStore.create(at: path)
      let blob = try store.writeBlob(BlobSource(randomBytes(1 << 20, seed: 1)))
      #expect(try store.snapshot().readBlob(blob) == randomBytes(1 << 20, seed: 1))
    }
    #expect(try ObjectStore.open(at: path).statistics().chunkCount == 1)
  }
}
