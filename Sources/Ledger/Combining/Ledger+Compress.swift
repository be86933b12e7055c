package import ObjectModel

extension Ledger {
  /// Puts a commit on the current one in whose chain the draft's deltas stand for all that were appended
  /// since the plan's base. Unlike ``squash(_:_:_:)`` it leaves the history as it is, and does not take
  /// them for the same as those that they replace.
  ///
  /// - Parameter draft: message, records, attachments, metrics, and the deltas in order: none where nothing
  ///   is left of those appended.
  /// - Throws: ``LedgerError/nothingToCarry(commits:)`` where nothing was appended,
  ///   ``LedgerError/referenceMoved(name:by:)``, what the deriver throws, ``ObjectStoreError``.
  @discardableResult
  package func compress(
    _ plan: SquashPlan, _ draft: CommitDraft, _ context: OperationContext
  ) throws -> CommitID {
    guard !plan.appended.isEmpty else { throw LedgerError.nothingToCarry(commits: [plan.head]) }
    return try commit(draft, of: plan, on: plan.head, context) { chain, nodes in
      for entry in plan.appended { chain = try chain.leavingOut(entry, &nodes) }
    }
  }
}
