package import ObjectModel
package import ObjectStore
package import Tensors

/// A matrix whose bits at a commit are not those that the commit records.
package struct ReplayMismatch: Sendable, Hashable {
  package let commit: CommitID
  package let tensor: String
  /// `nil` where the commit records no digest for a matrix that its deltas change.
  package let recorded: StateDigest?
  /// `nil` where the commit records a digest for a matrix that none of its deltas changes.
  package let derived: StateDigest?

  package init(
    commit: CommitID, tensor: String, recorded: StateDigest?, derived: StateDigest?
  ) {
    self.commit = commit
    self.tensor = tensor
    self.recorded = recorded
    self.derived = derived
  }
}

/// A commit whose weights have been derived again.
package struct ReplayedCommit: Sendable {
  package let id: CommitID
  /// Commits replayed so far, this one included.
  package let done: Int
  package let total: Int
  /// Edited matrices at the commit.
  package let tensorCount: Int
  /// What is not as recorded; empty where all is well.
  package let mismatches: [ReplayMismatch]
}

/// Derives the weights of commits from the base again and compares their digests with those recorded.
package struct HistoryReplay {
  private let store: ObjectStore
  private let compute: Compute

  package init(store: ObjectStore, compute: Compute) {
    self.store = store
    self.compute = compute
  }

  /// Replays the commits, parents before children.
  ///
  /// Only what changes from one commit to the next is derived: along a line of commits each delta is
  /// applied once. A commit that leaves out an earlier delta has the matrices of that delta derived
  /// from the base.
  ///
  /// - Parameters:
  ///   - commits: in any order; a parent that is not among them is not replayed.
  ///   - progress: called after each commit; where it throws, the replay ends.
  /// - Returns: what is not as recorded, in the order of the replay.
  /// - Throws: ``ObjectStore/ObjectStoreError`` for what is missing or damaged;
  ///   ``ModelStoreError`` for deltas that cannot be applied; `CancellationError`.
  package func verify(
    _ commits: [CommitID], progress: (ReplayedCommit) throws -> Void = { _ in }
  ) throws -> [ReplayMismatch] {
    let snapshot = try store.snapshot()
    let order = try ReplayOrder(commits) { try snapshot.object($0).parents }.commits
    var models: [ModelID: StoredModel] = [:]
    var walk: ReplayWalk?
    var mismatches: [ReplayMismatch] = []
    for (index, id) in order.enumerated() {
      try Task.checkCancellation()
      let commit: Commit = try snapshot.object(id)
      let model = try models[commit.model] ?? StoredModel(id: commit.model, store: store)
      models[commit.model] = model
      var here = walk.take() ?? ReplayWalk(model: model, snapshot: snapshot)
      if here.model !== model { here = ReplayWalk(model: model, snapshot: snapshot) }
      try here.move(
        to: commit.chain.map { try snapshot.object($0) } ?? .empty, compute: compute)
      let found = Self.compare(id, recorded: commit.stateDigests, derived: here.digests())
      mismatches += found
      try progress(
        ReplayedCommit(
          id: id, done: index + 1, total: order.count, tensorCount: here.tensorCount,
          mismatches: found))
      walk = here
    }
    return mismatches
  }

  private static func compare(
    _ commit: CommitID, recorded: [String: StateDigest], derived: [String: StateDigest]
  ) -> [ReplayMismatch] {
    Set(recorded.keys).union(derived.keys).sorted(by: precedesInUTF8)
      .filter { recorded[$0] != derived[$0] }
      .map {
        ReplayMismatch(commit: commit, tensor: $0, recorded: recorded[$0], derived: derived[$0])
      }
  }
}
