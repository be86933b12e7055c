import ObjectModel
import ObjectStore

extension LedgerView {
  /// What is wrong with a commit's account of itself against its first parent: another model, changes that
  /// are not the difference of the two chains, a chain whose count is not the parent's and the changes'.
  ///
  /// The parent's count is believed, since the parent is looked at itself: by induction from a chain of
  /// nothing every count is right, and where one is not, the commit is named that began it. The chain is
  /// not walked: one node may stand for more entries than there is time for.
  ///
  /// - Throws: ``ObjectStoreError`` where something that it takes cannot be read.
  /// - Complexity: O(changes · log n), n being the entries ever appended.
  func accountFaults(of commit: Commit, _ id: CommitID) throws -> [LedgerFault] {
    var faults: [LedgerFault] = []
    let parent = try commit.parents.first.map { ($0, try self.commit($0)) }
    if let (parentID, parent) = parent, parent.model != commit.model {
      faults.append(.changedModel(id, parent: parentID))
    }
    do {
      let (former, chain) = (
        try parent.map { try self.chain(of: $0.1) } ?? .empty, try chain(of: commit)
      )
      guard
        let difference = try ChainDifference(
          from: former, to: chain, source: snapshot,
          atMost: commit.added.count + commit.omitted.count)
      else { return faults + [.wrongChanges(id)] }
      let count = former.activeCount + difference.added.count - difference.omitted.count
      if count != chain.activeCount {
        faults.append(.wrongChainCount(id, expected: chain.activeCount, found: count))
      }
      if difference.added != commit.added || difference.omitted != commit.omitted {
        faults.append(.wrongChanges(id))
      }
    } catch is ObjectModelError {
      faults.append(.wrongChanges(id))
    } catch let error as ObjectStoreError {
      // What was found before it counts.
      if faults.isEmpty { throw error }
    }
    return faults
  }
}
