import Foundation
import ObjectModel
import ObjectStore
import TestSupport
import Testing

@Suite struct FullDiskTests {
  /// What runs out. A small file system can be had by whoever may mount one; the limit on the length
  /// of files by everyone.
  enum Limit: String, CaseIterable, Codable {
    case fileSystem
    case fileLength
  }

  private static let limits: [Limit] =
    geteuid() == 0 && canMount() ? [.fileSystem, .fileLength] : [.fileLength]

  private static func canMount() -> Bool {
    guard let directory = try? TemporaryDirectory() else { return false }
    guard mount("tmpfs", directory.path, "tmpfs", 0, "size=1m") == 0 else { return false }
    return umount(directory.path) == 0
  }

  @Test(arguments: limits)
  func aFullDiskLosesNothingAndTheStoreGoesOn(_ limit: Limit) async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path
    switch limit {
    case .fileSystem:
      #expect(mount("tmpfs", path, "tmpfs", 0, "size=24m") == 0)
      defer { umount(path) }
      try fillDisk(at: path)
    case .fileLength:
      await #expect(processExitsWith: .success) { [path = path as String] in
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 24 << 20, rlim_max: 24 << 20)
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        try fillDisk(at: path)
      }
    }
  }
}

/// Fills a disk of 24 MiB below `path` and checks that all is well.
private func fillDisk(at path: String) throws {
  let directory = path + "/store"
  let store = try ObjectStore.create(at: directory)
  let main = try name("refs/heads/main")
  try store.put(emptyModel)
  let commit = try looseCommit("first").encoded()
  let kept = try store.writeBlob(BlobSource(randomBytes(5 << 20, seed: 1)))
  try store.write { transaction in
    try transaction.put(commit)
    try transaction.setReference(main, from: nil, to: .commit(commit.id))
  }
  for length in [60 << 20, 30 << 20, 20 << 20] {
    #expect(throws: ObjectStoreError.diskFull(path: directory)) {
      try store.writeBlob(BlobSource(randomBytes(length, seed: UInt64(length))))
    }
  }
  // What was there is there, and what fits can still be written.
  #expect(try store.snapshot().readBlob(kept) == randomBytes(5 << 20, seed: 1))
  let small = try store.writeBlob(BlobSource(randomBytes(100_000, seed: 2)))
  let second = try store.put(looseCommit("second"))
  try store.write { try $0.setReference(main, from: .commit(commit.id), to: .commit(second)) }
  #expect(try store.snapshot().readBlob(small) == randomBytes(100_000, seed: 2))
  #expect(try store.snapshot().reference(main) == .commit(second))
  let report = try store.check(full: true)
  #expect(report.isSound && report.chunksChecked >= 3)
}
