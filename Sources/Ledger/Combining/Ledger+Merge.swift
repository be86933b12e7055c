package import ObjectModel
import ObjectStore

/// What a merge did.
package enum MergeOutcome: Sendable, Hashable {
  /// The other side had nothing new.
  case upToDate
  /// The branch was moved to the other side's commit.
  case fastForward(CommitID)
  /// A commit of two parents was made.
  case merged(CommitID)

  /// The commit that is current after it; `nil` where it is what it was.
  package var commit: CommitID? {
    switch self {
    case .upToDate: nil
    case .fastForward(let id), .merged(let id): id
    }
  }
}

/// How a planned merge is to be carried out.
package struct MergeRequest: Sendable {
  package var strategy: MergeStrategy
  /// Entries of either side that are to be left out of the merge, to resolve conflicts.
  package var leavingOut: Set<ChainEntry>
  /// For ``MergeStrategy/average``: what stands for each delta that only one side has, at half its size.
  package var halves: [DeltaID: DeltaID]
  /// For ``MergeStrategy/average``: records and attachments of the commits that halves are made of, which
  /// no other commit accounts for.
  package var story: CarriedStory?
  /// By default it names the other side.
  package var message: String?
  /// How the other side was called.
  package var name: String
  /// Whether a commit is made even where the branch could simply move forward.
  package var alwaysCommits: Bool

  package init(
    strategy: MergeStrategy = .append, leavingOut: Set<ChainEntry> = [],
    halves: [DeltaID: DeltaID] = [:], message: String? = nil, name: String,
    alwaysCommits: Bool = false
  ) {
    self.strategy = strategy
    self.leavingOut = leavingOut
    self.halves = halves
    self.message = message
    self.name = name
    self.alwaysCommits = alwaysCommits
  }
}

extension Ledger {
  /// Joins another history into the current one.
  ///
  /// - ``MergeStrategy/append``: what their side took out is left out at its number or, where the delta
  ///   has another one here, at its newest place; then what their side brought in is put back at its
  ///   number where that was given out before the lines parted, and else appended, in order.
  /// - ``MergeStrategy/average``: the same, with halves in the place of what one side alone brought in.
  /// - ``MergeStrategy/ours`` and ``MergeStrategy/theirs``: the chain is that side's.
  ///
  /// - Throws: ``LedgerError/referenceMoved(name:by:)`` also where the current commit is not the plan's any
  ///   more; what the deriver throws; ``ObjectStoreError``.
  @discardableResult
  package func merge(
    _ plan: MergePlan, _ request: MergeRequest, _ context: OperationContext
  ) throws -> MergeOutcome {
    let view = try view()
    guard try view.headCommit() == plan.ours else {
      throw try view.headMoved()
    }
    switch plan.step(request) {
    case .upToDate: return .upToDate
    case .fastForward:
      try record([try changeOfHead(in: view, to: plan.theirs)], context)
      return .fastForward(plan.theirs)
    case .merged: break
    }
    var line = try line(on: plan.ours, in: view)
    let theirs = try view.commit(plan.theirs)
    let chain = try merge(plan, request, on: &line)
    let sameAsTheirs = chain == (try view.chain(of: theirs))
    try line.append(
      Commit(
        parents: [plan.ours, plan.theirs], model: theirs.model, time: context.time,
        author: context.author, operation: .merge,
        message: request.message ?? "Merge \(request.name)",
        edits: request.story?.edits ?? [], attachments: request.story?.attachments ?? [:]),
      chain: chain, digests: sameAsTheirs ? theirs.stateDigests : nil)
    try record(line, context)
    return .merged(line.tip)
  }

  /// The chain of a merge, made on a line that stands on our side's commit.
  func merge(
    _ plan: MergePlan, _ request: MergeRequest, on line: inout PendingLine
  ) throws -> Chain {
    let view = line.view
    return try line.changing { chain, nodes in
      switch request.strategy {
      case .ours: chain
      case .theirs: try view.chain(of: view.commit(plan.theirs))
      case .append: try chain.merging(plan, request, &nodes)
      case .average: try chain.averaging(plan, request, &nodes)
      }
    }
  }

  /// Takes the current branch, which has no commit yet, forward to where another history is.
  ///
  /// - Throws: ``LedgerError/referenceMoved(name:by:)`` also where it has one by now;
  ///   ``ObjectStoreError``.
  package func beginBranch(at commit: CommitID, _ context: OperationContext) throws {
    let view = try view()
    guard try view.head().commit == nil else { throw try view.headMoved() }
    try record([try changeOfHead(in: view, to: commit)], context)
  }

  /// Writes a line of commits and takes the current branch, or a detached `HEAD`, to its end.
  ///
  /// - Throws: ``LedgerError/referenceMoved(name:by:)``, ``LedgerError/missingObject(type:id:)``,
  ///   ``ObjectStoreError``.
  func record(_ line: PendingLine, _ context: OperationContext) throws {
    guard !line.made.isEmpty else {
      // Going forward to what is history already makes no commit that anyone could refuse.
      return try record([try changeOfHead(in: line.view, to: line.tip)], context)
    }
    try advance(to: line.tip, line.tipCommit, in: line.view, context) { transaction in
      for entry in line.made { try requireNamedObjects(of: entry.commit, in: transaction) }
      try line.write(in: transaction)
    }
  }
}

extension Chain {
  fileprivate func merging(
    _ plan: MergePlan, _ request: MergeRequest, _ nodes: inout PendingNodes
  ) throws -> Chain {
    var chain = try leavingOut(plan, request, &nodes)
    for entry in plan.theirEntries where !request.leavingOut.contains(entry) {
      chain =
        entry.sequence < plan.sharedNumbers
        ? try chain.puttingBack(entry, &nodes) : try chain.appending(entry.delta, &nodes)
    }
    return chain
  }

  fileprivate func averaging(
    _ plan: MergePlan, _ request: MergeRequest, _ nodes: inout PendingNodes
  ) throws -> Chain {
    var chain = try leavingOut(plan, request, &nodes)
    for entry in plan.ourEntries where !request.leavingOut.contains(entry) {
      chain = try chain.leavingOut(entry, &nodes)
    }
    for entry in plan.ourEntries + plan.theirEntries where !request.leavingOut.contains(entry) {
      chain = try chain.appending(request.halves[entry.delta] ?? entry.delta, &nodes)
    }
    return chain
  }

  /// The chain without what the other side took out and what the request leaves out of ours.
  private func leavingOut(
    _ plan: MergePlan, _ request: MergeRequest, _ nodes: inout PendingNodes
  ) throws -> Chain {
    var chain = self
    for entry in plan.theirOmissions { chain = try chain.leavingOut(entry, &nodes) }
    for entry in plan.ourEntries where request.leavingOut.contains(entry) {
      chain = try chain.leavingOut(entry, &nodes)
    }
    return chain
  }
}
