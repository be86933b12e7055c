package import ObjectModel

extension Ledger {
  /// Puts a commit on the current one in whose chain one delta stands for all that were appended since the
  /// plan's base. Unlike ``squash(_:delta:_:_:)`` it leaves the history as it is, and does not take the
  /// delta for the same as those that it replaces.
  ///
  /// - Parameters:
  ///   - delta: what stands for the appended ones; `nil` where nothing is left of them.
  ///   - draft: message, records, attachments and metrics; its deltas are not looked at.
  /// - Throws: ``LedgerError/nothingToCarry(commits:)`` where nothing was appended,
  ///   ``LedgerError/referenceMoved(name:by:)``, what the deriver throws, ``ObjectStoreError``.
  @discardableResult
  package func compress(
    _ plan: SquashPlan, delta: DeltaID?, _ draft: CommitDraft, _ context: OperationContext
  ) throws -> CommitID {
    guard !plan.appended.isEmpty else { throw LedgerError.nothingToCarry(commits: [plan.head]) }
    return try commit(draft, of: plan, on: plan.head, delta: delta, context) { chain, nodes in
      for entry in plan.appended { chain = try chain.leavingOut(entry, &nodes) }
    }
  }
}
