package import ObjectStore

extension Ledger {
  /// Takes out what no reference leads to, nor an operation that may still be undone; see
  /// ``ObjectStore/collect(grace:now:dryRun:roots:)``. Snapshots of states that no reference goes on from
  /// go at once: they can be made again.
  ///
  /// - Parameters:
  ///   - grace: seconds for which something is kept after it was first seen to be garbage.
  ///   - operations: seconds for which an operation keeps what it moved references from and to. Older
  ///     ones stay in the log, but what they led to may go.
  ///   - now: seconds since 1970.
  /// - Throws: ``ObjectStoreError`` where something that is to be kept is missing or damaged.
  /// - Complexity: O(objects + chunks + operations).
  package func collect(
    grace: Int, operations: Int, now: Int, dryRun: Bool
  ) throws -> CollectionReport {
    let idle = try view().idleStateSnapshots()
    if !dryRun { try store.dropStateSnapshots { idle.contains($0) } }
    var report = try store.collect(grace: grace, now: now, dryRun: dryRun) { reader in
      try Self.roots(in: reader, since: now - operations)
    }
    report.idleSnapshots = idle.count
    if !dryRun {
      try store.dropDerivedRecords { commit, store in try !store.contains(commit) }
    }
    return report
  }

  private static func roots(
    in reader: some StoreReading, since: Int
  ) throws -> [ObjectInspection.Link] {
    var links: [ObjectInspection.Link] = []
    for (_, reference) in try reader.references() {
      if let link = ObjectInspection.link(of: reference) { links.append(link) }
    }
    try reader.forEachOperation { _, operation in
      // The clock may have been set back between two operations, so all of them are looked at. What
      // an old operation led to may be gone, and is nobody's business here.
      if operation.time > since {
        for change in operation.changes {
          for link in [change.old, change.new].compactMap({ $0 })
            .compactMap({ ObjectInspection.link(of: $0) })
          where try reader.typeName(ofObject: link.id) != nil {
            links.append(link)
          }
        }
      }
      return true
    }
    return links
  }
}
