package import ObjectModel

/// What a squash is about to make one commit of.
package struct SquashPlan: Sendable {
  package let head: CommitID
  /// The commit that the one commit is to stand on.
  package let base: CommitID
  /// The commits that it is to stand for, the oldest first.
  package let commits: [LogEntry]
  /// Entries appended since `base` and still there, in order: what the new deltas are to be made of.
  package let appended: [ChainEntry]
  /// Entries put back among those of `base`.
  fileprivate let restored: [ChainEntry]
  /// Entries of `base` that are left out.
  fileprivate let omitted: [ChainEntry]
}

extension LedgerView {
  /// Works out what making one commit of everything since `base` is to do.
  ///
  /// - Throws: ``LedgerError/notAnAncestor(_:)`` where `base` does not lead to the current commit;
  ///   ``LedgerError/nothingSince(_:)`` where it is it; ``LedgerError/notOneLine(merge:)`` where a merge since gave the base's numbers to deltas of
  ///   the other side; ``LedgerError/noCommits(branch:)``, ``ObjectStoreError``.
  package func squashPlan(since base: CommitID) throws -> SquashPlan {
    let head = try headCommit()
    guard base != head else { throw LedgerError.nothingSince(head) }
    guard try isAncestor(base, of: head) else {
      throw LedgerError.notAnAncestor(base)
    }
    let range = try log(from: [head], excluding: [base])
    let origin = try chain(of: commit(base))
    let difference = try ChainDifference(
      from: origin, to: chain(of: commit(head)), source: snapshot)
    let restored = difference.added.filter { $0.sequence < origin.nextSequence }
    // What a merge brought in at numbers of the base would lose the commit that accounts for it.
    let gone = Set(range.map(\.id))
    if let merge = range.last(where: { $0.commit.parents.count > 1 }),
      try makers(of: restored, in: head).values.contains(where: gone.contains)
    {
      throw LedgerError.notOneLine(merge: merge.id)
    }
    return SquashPlan(
      head: head, base: base, commits: range.reversed(),
      appended: difference.added.filter { $0.sequence >= origin.nextSequence },
      restored: restored, omitted: difference.omitted)
  }
}

extension Ledger {
  /// Makes one commit of all since the plan's base, whose chain has the draft's deltas in the place of those
  /// appended since. The state is that of the current commit, to the bit, where these do what those did.
  ///
  /// - Parameter draft: message, records, attachments, and the deltas, in order, that stand for those
  ///   appended.
  /// - Throws: ``LedgerError/referenceMoved(name:by:)``, what the deriver throws, ``ObjectStoreError``.
  @discardableResult
  package func squash(
    _ plan: SquashPlan, _ draft: CommitDraft, _ context: OperationContext
  ) throws -> CommitID {
    try commit(draft, of: plan, on: plan.base, context) { chain, nodes in
      for entry in plan.omitted { chain = try chain.leavingOut(entry, &nodes) }
      for entry in plan.restored { chain = try chain.puttingBack(entry, &nodes) }
    }
  }

  /// Puts a commit on `start`, whose chain is changed and gets the draft's deltas at its end, and makes it
  /// the current one.
  func commit(
    _ draft: CommitDraft, of plan: SquashPlan, on start: CommitID, _ context: OperationContext,
    changing: (inout Chain, inout PendingNodes) throws -> Void
  ) throws -> CommitID {
    let view = try view()
    guard try view.headCommit() == plan.head else {
      throw try view.headMoved()
    }
    var line = try line(on: start, in: view)
    let chain = try line.changing { chain, nodes in
      var chain = chain
      try changing(&chain, &nodes)
      for delta in draft.deltas { chain = try chain.appending(delta, &nodes) }
      return chain
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
