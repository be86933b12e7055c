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
  /// - Throws: ``LedgerError/nothingToUndo``, ``LedgerError/referenceMoved(name:)``,
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
  /// - Throws: ``LedgerError/nothingToRedo``, ``LedgerError/referenceMoved(name:)``,
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
