package import ObjectModel

/// What a rebase is about to do.
package struct RebasePlan: Sendable {
  package let head: CommitID
  /// The commit that the line is to stand on.
  package let onto: CommitID
  /// The commits to be put there, the oldest first, without merges.
  package let commits: [LogEntry]
  package let sharedNumbers: Int
  /// What this commit leads to stays where it is.
  fileprivate let upstream: CommitID
  fileprivate let merges: [CommitID]

  /// Whether the line stands there already.
  package let isUpToDate: Bool
}

extension LedgerView {
  /// Works out what putting the current line on another commit is to do. What merges brought in comes as
  /// the commits that made it, one after the other.
  ///
  /// - Parameter upstream: commits that this one leads to stay where they are.
  /// - Throws: ``LedgerError/differentModels(_:_:)``, ``LedgerError/noCommits(branch:)``,
  ///   ``ObjectStoreError``.
  package func rebasePlan(onto: CommitID, upstream: CommitID) throws -> RebasePlan {
    let head = try headCommit()
    guard try commit(head).model == commit(onto).model else {
      throw LedgerError.differentModels(head, onto)
    }
    let range = try log(from: [head], excluding: [upstream])
    let merges = range.filter { $0.commit.parents.count > 1 }
    // Behind a merge the lines that it joined have numbers of their own.
    let joined = Set(merges.flatMap(\.commit.parents)).union([head])
    return RebasePlan(
      head: head, onto: onto,
      commits: range.filter { $0.commit.parents.count < 2 }.reversed(),
      sharedNumbers: try joined.map { try sharedNumbers($0, onto) }.min() ?? 0,
      upstream: upstream, merges: merges.map(\.id),
      isUpToDate: try isAncestor(onto, of: head) && upstream == onto && merges.isEmpty)
  }
}

extension Ledger {
  /// A line of pending commits on top of a commit, which this ledger's key signs.
  func line(on commit: CommitID, in view: LedgerView) throws -> PendingLine {
    try PendingLine(
      on: commit, in: view, deriver: stateDeriver, signingKey: signing?.signingKey())
  }

  /// Puts the current line on another commit: a commit for each of the plan's, all or none.
  ///
  /// - Parameter place: puts one commit on the pending line; by default it carries it over.
  /// - Returns: the new commits, the oldest first.
  /// - Throws: ``LedgerError/notOneLine(merge:)`` where the commits without the merges do not come to what
  ///   the line did; ``LedgerError/referenceMoved(name:by:)``; what `place` and the deriver throw;
  ///   ``ObjectStoreError``.
  package func rebase(
    _ plan: RebasePlan, _ context: OperationContext,
    place: (LogEntry, inout PendingLine) throws -> Void
  ) throws -> [LogEntry] {
    let view = try view()
    guard try view.headCommit() == plan.head else {
      throw try view.headMoved()
    }
    if let merge = plan.merges.first, try !leavesOneLine(plan, view) {
      throw LedgerError.notOneLine(merge: merge)
    }
    var line = try line(on: plan.onto, in: view)
    for entry in plan.commits { try place(entry, &line) }
    try record(line, context)
    return line.made
  }

  /// Whether the commits of a line with merges, one after the other, do what the whole line did since it
  /// parted from upstream: they bring in what it has and no common ancestor had, and take out the reverse.
  private func leavesOneLine(_ plan: RebasePlan, _ view: LedgerView) throws -> Bool {
    func deltas(of commit: CommitID) throws -> Set<DeltaID> {
      Set(try view.activeDeltas(of: view.commit(commit)).map(\.delta))
    }
    let before = try view.mergeBases(of: plan.head, and: plan.upstream)
      .reduce(into: Set<DeltaID>()) { try $0.formUnion(deltas(of: $1)) }
    let after = try deltas(of: plan.head)
    var line = try PendingLine(on: plan.onto, in: view, deriver: NoStates())
    for entry in plan.commits { try line.carry(entry, sharedNumbers: plan.sharedNumbers) }
    let expected = try deltas(of: plan.onto).union(after.subtracting(before))
      .subtracting(before.subtracting(after))
    return try Set(line.activeDeltas().map(\.delta)) == expected
  }
}

/// Derives nothing, for lines that are only looked at.
private struct NoStates: StateDeriver {
  func digests(
    model: ModelID, chain: Chain, nodes: some ChainNodeSource
  ) throws -> [String: StateDigest] { [:] }
}
