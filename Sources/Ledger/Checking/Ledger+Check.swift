import ObjectModel
package import ObjectStore

extension Ledger {
  /// Checks the store and everything that references and the operation log lead to.
  ///
  /// - Parameters:
  ///   - hashing: the content whose bytes are looked at; see `ObjectStore.check(hashing:progress:)`.
  ///   - progress: called with the bytes hashed so far.
  /// - Throws: ``ObjectStoreError`` where the store cannot be read on at all, what `progress` throws.
  package func check(
    hashing: HashedContent, progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> LedgerReport {
    try report(on: store.check(hashing: hashing, progress: progress))
  }

  /// Checks the store with all its content, as `ObjectStore.checkEverything` does, and the ledger.
  package func checkEverything(
    resuming earlier: CheckProgress?, now: Int, progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> LedgerReport {
    try report(on: store.checkEverything(resuming: earlier, now: now, progress: progress))
  }

  private func report(on checked: StoreReport) throws -> LedgerReport {
    var report = LedgerReport()
    report.store = checked
    guard !report.store.hasPageFaults else {
      report.faults = report.store.faults.map { .store($0, commits: []) }
      return report
    }
    let view = try view()
    if (try? view.head()) == nil { report.faults.append(.badHead) }
    let reach = try LedgerReach(view: view, tellsWhoNames: !report.store.isSound)
    for fault in report.store.faults {
      report.faults.append(.store(fault, commits: reach.commits(touchedBy: fault)))
    }
    for id in reach.commits.sorted() {
      report.commitsChecked += 1
      // What cannot be read the check of the store has told.
      do {
        report.faults += try view.accountFaults(of: view.commit(id), id)
      } catch is ObjectStoreError {
        continue
      }
    }
    report.models = reach.models
    report.unreachableObjects = max(0, report.store.objectsChecked - reach.objects.count)
    report.unreachableChunks = max(0, report.store.chunksChecked - reach.chunks.count)
    return report
  }

  /// Checks the store and the ledger, and where it is `full` also the bytes of all content.
  package func check(
    full: Bool, progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> LedgerReport {
    try check(hashing: full ? .everything : .nothing, progress: progress)
  }
}

/// What the ledger's references and operations lead to, as far as it can be read.
private struct LedgerReach {
  /// Those that can be read. By their names alone: a long history's records take gigabytes.
  private(set) var commits: Set<CommitID> = []
  private(set) var models: Set<ModelID> = []
  private(set) var objects: Set<Digest256> = []
  private(set) var chunks: Set<ChunkID> = []
  /// Who names an object, where that is asked for.
  private var namedBy: [Digest256: Set<Digest256>] = [:]

  init(view: LedgerView, tellsWhoNames: Bool) throws {
    var waiting: [ObjectInspection.Link] = []
    func note(_ reference: Reference?) {
      if let link = reference.flatMap({ ObjectInspection.link(of: $0) }) { waiting.append(link) }
    }
    for (_, reference) in (try? view.snapshot.references()) ?? [] { note(reference) }
    for number in stride(from: try view.snapshot.lastOperationNumber(), to: 0, by: -1) {
      for change in (try? view.snapshot.operation(number))?.changes ?? [] {
        note(change.old)
        note(change.new)
      }
    }
    while let link = waiting.popLast() {
      guard !objects.contains(link.id),
        let links = try? ObjectInspection.links(of: link.id, type: link.type, in: view.snapshot)
      else { continue }
      objects.insert(link.id)
      for next in links.objects {
        if tellsWhoNames { namedBy[next.id, default: []].insert(link.id) }
        waiting.append(next)
      }
      for blob in links.blobs { chunks.formUnion(blob.chunks) }
      switch link.type {
      case Commit.typeName: commits.insert(CommitID(link.id))
      case ModelManifest.typeName: models.insert(ModelID(link.id))
      default: break
      }
    }
  }

  /// The commits that name what is at fault, directly or through other objects but not through
  /// later commits.
  func commits(touchedBy fault: StoreFault) -> [CommitID] {
    var found: Set<CommitID> = []
    var seen: Set<Digest256> = []
    var waiting: [Digest256] = []
    for item in [fault.item] + fault.touches {
      if case .object(_, let id) = item { waiting.append(id) }
    }
    while let id = waiting.popLast() {
      guard seen.insert(id).inserted else { continue }
      if commits.contains(CommitID(id)) {
        found.insert(CommitID(id))
      } else {
        waiting += namedBy[id] ?? []
      }
    }
    return found.sorted()
  }
}
