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
  ///   ``LedgerError/referenceMoved(name:)``, what the deriver throws, ``ObjectStoreError``.
  @discardableResult
  package func compress(
    _ plan: SquashPlan, delta: DeltaID?, _ draft: CommitDraft, _ context: OperationContext
  ) throws -> CommitID {
    let view = try view()
    guard try view.headCommit() == plan.head else {
      throw LedgerError.referenceMoved(name: try view.head().name)
    }
    guard !plan.appended.isEmpty else { throw LedgerError.nothingToCarry(commits: [plan.head]) }
    var line = try PendingLine(on: plan.head, in: view, deriver: stateDeriver)
    let chain = try line.changing { chain, nodes in
      var chain = chain
      for entry in plan.appended { chain = try chain.leavingOut(entry, &nodes) }
      return try delta.map { try chain.appending($0, &nodes) } ?? chain
    }
    try line.append(
      Commit(
        model: view.commit(plan.head).model, time: context.time, author: context.author,
        operation: draft.operation, message: draft.message, edits: draft.edits,
        attachments: draft.attachments, metrics: draft.metrics),
      chain: chain)
    try record(line, context)
    return line.tip
  }
}
