package import ObjectModel
package import ObjectStore

/// Something in a ledger that is not as it ought to be.
package enum LedgerFault: Hashable, Sendable {
  /// A fault of the store, with the commits whose state or story it spoils.
  case store(StoreFault, commits: [CommitID])
  /// A commit's account of what it added and left out is not the difference to its first parent's
  /// chain.
  case wrongChanges(CommitID)
  /// A commit's chain has another number of entries than it says.
  case wrongChainCount(CommitID, expected: Int, found: Int)
  /// A commit stands on another model than its first parent.
  case changedModel(CommitID, parent: CommitID)
  /// `HEAD` is missing, or is on something that is not a branch.
  case badHead
}

/// What a check of a ledger found.
package struct LedgerReport: Sendable {
  package var faults: [LedgerFault] = []
  package var commitsChecked = 0
  /// The models that commits stand on.
  package var models: Set<ModelID> = []
  /// What the check of the store counted.
  package var store = StoreReport()
  /// Objects and chunks that neither a reference nor the operation log leads to. That is no fault:
  /// an operation that was cut off leaves some.
  package var unreachableObjects = 0
  package var unreachableChunks = 0

  package var isSound: Bool { faults.isEmpty }
}
