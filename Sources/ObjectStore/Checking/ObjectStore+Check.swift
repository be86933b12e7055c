import ObjectModel

extension ObjectStore {
  /// Checks everything in the store: that every object is what its name says, that everything which
  /// an object, a reference or the operation log names is there, and the lengths of chunks.
  ///
  /// - Parameters:
  ///   - hashing: the content whose bytes are looked at. LMDB keeps no checksums of its own, so that only
  ///     hashing finds damaged chunks.
  ///   - progress: called with the bytes hashed so far.
  /// - Throws: ``ObjectStoreError`` where the store cannot be read on at all, or what `progress`
  ///   throws. Faults are reported, not thrown.
  /// - Complexity: O(objects + bytes hashed).
  package func check(
    hashing: HashedContent, progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> StoreReport {
    let (snapshot, pageFaults) = try auditedSnapshot()
    var checker = StoreChecker(snapshot: snapshot, hashing: hashing)
    guard pageFaults.isEmpty else { return checker.finish(pageFaults) }
    try checker.run { try progress($0.report.bytesHashed) }
    return checker.finish()
  }

  /// Checks everything in the store, and where it is `full` also the bytes of all content; see
  /// ``check(hashing:progress:)``.
  package func check(
    full: Bool, progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> StoreReport {
    try check(hashing: full ? .everything : .nothing, progress: progress)
  }
}

extension ObjectStore {
  private static let attemptsBesideWriters = 100

  /// Refuses a store with damaged pages, before something is done that makes it worse.
  ///
  /// - Throws: ``ObjectStoreError/malformed(_:reason:)``, ``ObjectStoreError/busy(path:)``.
  /// - Complexity: O(pages of the trees).
  func requireSoundPages() throws {
    if let (item, reason) = try auditedSnapshot().1.first {
      throw ObjectStoreError.malformed(item, reason: reason)
    }
  }

  /// A snapshot, and what is wrong with its pages.
  func auditedSnapshot() throws -> (ReadSnapshot, [PageAudit.Fault]) {
    for _ in 0..<Self.attemptsBesideWriters {
      let snapshot = try snapshot()
      let faults = try PageAudit.faults(
        path: path + "/data.mdb", pageBytes: try openEnvironment().pageBytes,
        transaction: snapshot.number, rootsOnly: false)
      if let faults { return (snapshot, faults) }
    }
    throw ObjectStoreError.busy(path: path)
  }
}
