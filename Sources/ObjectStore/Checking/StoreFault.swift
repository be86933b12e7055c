package import ObjectModel

/// Something in a store that is not as it ought to be.
package struct StoreFault: Hashable, Sendable {
  /// What is wrong with the item.
  package enum Problem: Hashable, Sendable {
    /// It is not there.
    case missing
    /// Its bytes have this hash in place of the one it is named by.
    case corrupted(foundHash: String)
    /// Its bytes are not of the form they ought to have.
    case malformed(reason: String)
    /// A chunk has another length than a blob's layout asks for.
    case wrongLength(expected: Int, found: Int)
    /// Its blob of this SHA-256 has, put together, another.
    case blobMismatch(expected: ContentHash, found: ContentHash)
  }

  package let item: StoredItem
  package let problem: Problem
  /// The items that name it and so cannot be used in full.
  package let touches: [StoredItem]

  package init(item: StoredItem, problem: Problem, touches: [StoredItem] = []) {
    self.item = item
    self.problem = problem
    self.touches = touches
  }
}

/// What a check of a store found.
package struct StoreReport: Hashable, Sendable {
  package var faults: [StoreFault] = []
  package var chunksChecked = 0
  package var objectsChecked = 0
  package var bytesHashed = 0
  /// The interrupted check that this one went on with; its bytes are not among those counted.
  package var resumed: CheckProgress?

  /// A report on nothing, so far.
  package init() {}

  package var isSound: Bool { faults.isEmpty }

  /// Whether pages of the file are damaged, so that what is in them was not looked at.
  package var hasPageFaults: Bool {
    faults.contains { if case .page = $0.item { true } else { false } }
  }

  /// Whether no page is damaged that leads to the store's properties, so that these can be read.
  package var canReadProperties: Bool {
    faults.allSatisfy { fault in
      guard case .page(_, let owner) = fault.item else { return true }
      return owner != TreeAudit.mainName && owner != TreeAudit.name(of: .properties)
    }
  }
}
