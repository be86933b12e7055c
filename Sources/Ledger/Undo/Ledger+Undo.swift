package import ObjectModel
package import ObjectStore

/// An operation that was undone or done again.
package struct ReversedOperation: Hashable, Sendable {
  package let number: Int
  package let operation: LoggedOperation
}

extension Ledger {
  /// Takes every reference, `HEAD` among them, back to before the last operation that is not undone
  /// yet. Undoing is an operation itself, so ``redo(_:)`` can take it back.
  ///
  /// - Throws: ``LedgerError/nothingToUndo``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  @discardableResult
  package func undo(_ context: OperationContext) throws -> ReversedOperation {
    let view = try view()
    guard let target = try view.lastEffectiveOperation() else { throw LedgerError.nothingToUndo }
    try record(
      target.operation.changes.map { .init(name: $0.name, old: $0.new, new: $0.old) },
      reversal: .undoes(operation: target.number), context)
    return target
  }

  /// Does the operation again that was undone last, unless something else was done since.
  ///
  /// - Throws: ``LedgerError/nothingToRedo``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  @discardableResult
  package func redo(_ context: OperationContext) throws -> ReversedOperation {
    let view = try view()
    guard let target = try view.lastUndoneOperation() else { throw LedgerError.nothingToRedo }
    try record(
      target.operation.changes, reversal: .redoes(operation: target.number), context)
    return target
  }
}

extension Ledger {
  /// Takes every reference, `HEAD` among them, to what it was right after an operation. That is an
  /// operation itself, so ``undo(_:)`` takes it back.
  ///
  /// - Parameter number: of the operation; 0 is before the first.
  /// - Returns: whether anything had to move.
  /// - Throws: ``LedgerError/noSuchOperation(number:last:)``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  /// - Complexity: O(operations since).
  @discardableResult
  package func restore(operation number: Int, _ context: OperationContext) throws -> Bool {
    let view = try view()
    let last = try view.snapshot.lastOperationNumber()
    guard (0...last).contains(number) else {
      throw LedgerError.noSuchOperation(number: number, last: last)
    }
    // For every reference moved since, what it is and what it was.
    var changes: [ReferenceName: LoggedOperation.Change] = [:]
    for later in stride(from: last, to: number, by: -1) {
      for change in try view.snapshot.operation(later).changes {
        let now = try changes[change.name]?.old ?? view.snapshot.reference(change.name)
        changes[change.name] = .init(name: change.name, old: now, new: change.old)
      }
    }
    let effective = changes.values.filter { $0.old != $0.new }
      .sorted { $0.name.text < $1.name.text }
    guard !effective.isEmpty else { return false }
    try record(effective, context)
    return true
  }
}

/// A value that a reference had, and what gave it to it.
package struct PastValue: Sendable {
  /// `nil` where the reference was removed.
  package let commit: CommitID?
  package let number: Int
  package let operation: LoggedOperation
}

extension LedgerView {
  /// What moved a branch, or `HEAD` itself, the newest first.
  ///
  /// - Parameter name: `HEAD`, a branch, or a full reference name.
  /// - Throws: ``LedgerError/noSuchBranch(name:suggestions:)`` where nothing ever moved it;
  ///   ``ObjectStoreError``.
  /// - Complexity: O(operations).
  package func pastMoves(of name: String) throws -> [PastValue] {
    let full =
      name == "HEAD" || name.hasPrefix("refs/") ? name : LedgerNames.branchPrefix + name
    var moves: [PastValue] = []
    // HEAD on a branch is where the branch is, so that moving the branch moves it.
    var references = Dictionary(
      uniqueKeysWithValues: try snapshot.references().map { ($0.name.text, $0.value) })
    func commit() throws -> CommitID? {
      guard case .symbolic(let target)? = references[full] else {
        return try references[full].flatMap { try peelIfThere($0) }
      }
      return try references[target.text].flatMap { try peelIfThere($0) }
    }
    try snapshot.forEachOperation { number, operation in
      let after = try commit()
      for change in operation.changes { references[change.name.text] = change.old }
      let names = operation.changes.map(\.name.text)
      if try after != commit() || names.contains(full) {
        moves.append(PastValue(commit: after, number: number, operation: operation))
      }
      return true
    }
    guard !moves.isEmpty else {
      throw LedgerError.noSuchBranch(
        name: name, suggestions: Suggestions.likeliest(for: name, among: try branches().map(\.name))
      )
    }
    return moves
  }
}

extension LedgerView {
  /// The last operation that is neither undone nor itself an undo or redo.
  ///
  /// After the undoing of operation k everything is as before k, so the search goes on at k − 1;
  /// after its redoing everything is as after k, so it goes on at k. Numbers fall with each step.
  fileprivate func lastEffectiveOperation() throws -> ReversedOperation? {
    var number = try snapshot.lastOperationNumber()
    while number > 0 {
      let operation = try snapshot.operation(number)
      switch operation.reversal {
      case nil: return ReversedOperation(number: number, operation: operation)
      case .undoes(let undone)?: number = min(undone, number) - 1
      case .redoes(let redone)?: number = min(redone, number - 1)
      }
    }
    return nil
  }

  /// The operation that a redo does again: of the undos and redos at the end of the log, the newest
  /// undo that no redo has answered.
  fileprivate func lastUndoneOperation() throws -> ReversedOperation? {
    var answered = 0
    var target: Int?
    try snapshot.forEachOperation { _, operation in
      switch operation.reversal {
      case nil:
        return false
      case .redoes?:
        answered += 1
      case .undoes(let number)?:
        if answered == 0 {
          target = number
          return false
        }
        answered -= 1
      }
      return true
    }
    return try target.map { ReversedOperation(number: $0, operation: try snapshot.operation($0)) }
  }
}
