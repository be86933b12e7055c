import ObjectModel
import ObjectStore

extension Ledger {
  /// Checks the store and everything that references and the operation log lead to.
  ///
  /// - Parameters:
  ///   - full: hash every chunk anew; see `ObjectStore.check(full:progress:)`.
  ///   - progress: called with the bytes hashed so far.
  /// - Throws: ``ObjectStoreError`` where the store cannot be read on at all, what `progress` throws.
  package func check(
    full: Bool, progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> LedgerReport {
    var report = LedgerReport()
    report.store = try store.check(full: full, progress: progress)
    let view = try view()
    if (try? view.head()) == nil { report.faults.append(.badHead) }
    let reach = try LedgerReach(view: view)
    for fault in report.store.faults {
      report.faults.append(.store(fault, commits: reach.commits(touchedBy: fault)))
    }
    for (id, commit) in reach.commits.sorted(by: { $0.key < $1.key }) {
      report.commitsChecked += 1
      report.faults += try view.faults(of: commit, id)
    }
    report.unreachableObjects = max(0, report.store.objectsChecked - reach.objects.count)
    report.unreachableChunks = max(0, report.store.chunksChecked - reach.chunks.count)
    return report
  }
}

extension LedgerView {
  /// What is wrong with a commit's relation to its first parent. What cannot be read is passed over:
  /// the store's own check has reported it.
  fileprivate func faults(of commit: Commit, _ id: CommitID) throws -> [LedgerFault] {
    var faults: [LedgerFault] = []
    do {
      let chain = try chain(of: commit)
      let count = try chain.entries(source: snapshot).count
      if count != chain.activeCount {
        faults.append(.wrongChainCount(id, expected: chain.activeCount, found: count))
      }
      let parent = try commit.parents.first.map { ($0, try self.commit($0)) }
      if let (parentID, parent) = parent, parent.model != commit.model {
        faults.append(.changedModel(id, parent: parentID))
      }
      let former = try parent.map { try self.chain(of: $0.1) } ?? .empty
      let difference = try ChainDifference(from: former, to: chain, source: snapshot)
      if difference.added != commit.added || difference.omitted != commit.omitted {
        faults.append(.wrongChanges(id))
      }
    } catch is ObjectStoreError {
      return faults
    } catch is ObjectModelError {
      faults.append(.wrongChanges(id))
    }
    return faults
  }
}

/// What the ledger's references and operations lead to, as far as it can be read.
private struct LedgerReach {
  private(set) var commits: [CommitID: Commit] = [:]
  private(set) var objects: Set<Digest256> = []
  private(set) var chunks: Set<ChunkID> = []
  /// Who names an object.
  private var namedBy: [Digest256: Set<Digest256>] = [:]

  init(view: LedgerView) throws {
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
        namedBy[next.id, default: []].insert(link.id)
        waiting.append(next)
      }
      for blob in links.blobs { chunks.formUnion(blob.chunks) }
      if link.type == Commit.typeName {
        commits[CommitID(link.id)] = try? view.commit(CommitID(link.id))
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
      if commits[CommitID(id)] != nil {
        found.insert(CommitID(id))
      } else {
        waiting += namedBy[id] ?? []
      }
    }
    return found.sorted()
  }
}
