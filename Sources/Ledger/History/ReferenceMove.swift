import ObjectModel
package import ObjectStore

/// Who moved a reference, as the operation log has it.
package struct ReferenceMove: Hashable, Sendable {
  /// Of the operation.
  package let number: Int
  /// Seconds since 1970-01-01 00:00 UTC.
  package let time: Int
  package let command: String
  /// Operations that an older program logged have none.
  package let author: String?

  package init(_ number: Int, _ operation: LoggedOperation) {
    self.number = number
    time = operation.time
    command = operation.command
    author = operation.author
  }
}

extension LedgerView {
  /// The last operation that moved one of some references, or `nil` where the log knows of none.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(operations since).
  package func lastMove(of names: [ReferenceName]) throws -> ReferenceMove? {
    var found: ReferenceMove?
    try snapshot.forEachOperation { number, operation in
      guard operation.changes.contains(where: { names.contains($0.name) }) else { return true }
      found = ReferenceMove(number, operation)
      return false
    }
    return found
  }

  /// The error that the current commit is not the one that something was made for.
  ///
  /// - Throws: ``ObjectStoreError``, ``LedgerError/notALedger``.
  func headMoved() throws -> LedgerError {
    let head = try LedgerNames.head()
    guard case .symbolic(let branch)? = try snapshot.reference(head) else {
      return .referenceMoved(name: head.text, by: try lastMove(of: [head]))
    }
    return .referenceMoved(name: branch.text, by: try lastMove(of: [head, branch]))
  }
}
