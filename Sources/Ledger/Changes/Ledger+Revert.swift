package import ObjectModel
import ObjectStore

extension LedgerView {
  /// The tensors that a commit's additions and omissions are about and whose weights are the parent's
  /// nevertheless, by name: a delta further up puts others in their place.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(changes).
  package func tensorsLeftAsTheyWere(by commit: Commit) throws -> [String] {
    let former = try commit.parents.first.map { try self.commit($0).stateDigests } ?? [:]
    var tensors: Set<String> = []
    for entry in commit.added + commit.omitted {
      let delta: Delta = try snapshot.object(entry.delta)
      tensors.formUnion(delta.changes.map(\.tensor))
    }
    return tensors.filter { former[$0] == commit.stateDigests[$0] }.sorted()
  }
}

extension Ledger {
  /// Makes a commit whose chain is without what `commits` did, one after the other.
  ///
  /// What a commit added is left out of the chain; what it left out is put back at its own place. So
  /// the state has the very bits of a history without the commit, and reverting a revert gives the
  /// chain that was there before.
  ///
  /// An added delta is looked for at the number that the commit gave it and, where it is not there,
  /// at its newest place. Effects that are already gone are passed over.
  ///
  /// - Parameter message: by default it names the commits.
  /// - Throws: ``LedgerError/nothingToRevert(commits:)`` where the chain would stay as it is;
  ///   ``LedgerError/noCommits(branch:)``, ``LedgerError/referenceMoved(name:by:)``; what the deriver
  ///   throws; ``ObjectStoreError``.
  /// - Complexity: O(changes · log n) besides the digests; O(n) where a delta is not at its number.
  @discardableResult
  package func revert(
    _ commits: [CommitID], message: String? = nil, _ context: OperationContext
  ) throws -> CommitID {
    let view = try view()
    let parent = try view.headCommit()
    let former = try view.commit(parent)
    let formerChain = try view.chain(of: former)
    var nodes = PendingNodes([], over: view.snapshot)
    var chain = formerChain
    for id in commits {
      let reverted = try view.commit(id)
      for entry in reverted.added {
        chain = try chain.leavingOut(entry, &nodes)
      }
      for entry in reverted.omitted {
        chain = try chain.puttingBack(entry, &nodes)
      }
    }
    let difference = try ChainDifference(from: formerChain, to: chain, source: nodes)
    guard !difference.isEmpty else { throw LedgerError.nothingToRevert(commits: commits) }
    var commit = Commit(
      parents: [parent], model: former.model, added: difference.added,
      omitted: difference.omitted, time: context.time, author: context.author, operation: .revert,
      message: try message ?? defaultMessage(commits, view))
    commit.stateDigests = try digests(of: former.model, chain, source: nodes)
    let needed = try nodes.nodes(of: [chain])
    return try record(commit, nodes: needed, chain: chain, in: view, context)
  }

  private func defaultMessage(_ commits: [CommitID], _ view: LedgerView) throws -> String {
    let subjects = try commits.map { try view.commit($0).subject }
    let title =
      subjects.count == 1 ? "Revert \"\(subjects[0])\"" : "Revert \(subjects.count) commits"
    let list = zip(commits, subjects).map { id, subject in
      subjects.count == 1
        ? "This reverts commit \(id.hex)." : "This reverts commit \(id.hex), \"\(subject)\"."
    }
    return ([title, ""] + list).joined(separator: "\n")
  }
}
