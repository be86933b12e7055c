package import ObjectModel
package import ObjectStore

/// Where the user is.
package enum Head: Hashable, Sendable {
  /// On a branch; its commit is `nil` before the first one.
  case branch(name: String, commit: CommitID?)
  /// At a commit and on no branch.
  case detached(CommitID)

  /// The branch's name, or `HEAD` where it is detached.
  package var name: String {
    switch self {
    case .branch(let name, _): name
    case .detached: "HEAD"
    }
  }

  package var commit: CommitID? {
    switch self {
    case .branch(_, let commit): commit
    case .detached(let commit): commit
    }
  }
}

/// A branch or tag with the commit it stands for.
package struct NamedCommit: Hashable, Sendable {
  package let name: String
  package let commit: CommitID
  /// The tag object of an annotated tag.
  package let tag: TagID?
}

/// Where things stand, for `status`.
package struct LedgerStatus: Hashable, Sendable {
  package let head: Head
  /// The model that the current commit stands on.
  package let model: ModelID?
  /// Deltas on the current chain.
  package let activeDeltas: Int
  /// Deltas that some commit appended and a later one took off again.
  package let omittedDeltas: Int
  package let lastOperation: Int
}

/// The ledger at one moment, for reading.
package struct LedgerView: Sendable {
  package let snapshot: ReadSnapshot

  package init(_ snapshot: ReadSnapshot) {
    self.snapshot = snapshot
  }

  /// Where the user is.
  ///
  /// - Throws: ``LedgerError/notALedger``, ``ObjectStoreError``.
  package func head() throws -> Head {
    guard let reference = try snapshot.reference(LedgerNames.head()) else {
      throw LedgerError.notALedger
    }
    return try head(of: reference)
  }

  /// What it means where `HEAD` is this.
  func head(of reference: Reference) throws -> Head {
    switch reference {
    case .symbolic(let target):
      let name = LedgerNames.branchName(target) ?? target.text
      return .branch(name: name, commit: try snapshot.reference(target).map { try peel($0) })
    case .commit, .tag:
      return .detached(try peel(reference))
    }
  }

  /// The current commit.
  ///
  /// - Throws: ``LedgerError/noCommits(branch:)``, and as ``head()``.
  package func headCommit() throws -> CommitID {
    switch try head() {
    case .branch(_, let commit?), .detached(let commit): return commit
    case .branch(let name, nil): throw LedgerError.noCommits(branch: name)
    }
  }

  /// All branches, by name.
  package func branches() throws -> [NamedCommit] { try named(LedgerNames.branchPrefix) }

  /// All tags, by name.
  package func tags() throws -> [NamedCommit] { try named(LedgerNames.tagPrefix) }

  /// Where branches of other stores are, as far as is known here, by their names: `origin/main`.
  package func remoteBranches() throws -> [NamedCommit] { try named(LedgerNames.remotePrefix) }

  private func named(_ prefix: String) throws -> [NamedCommit] {
    try snapshot.references(withPrefix: prefix).map { name, value in
      var tag: TagID?
      if case .tag(let id) = value { tag = id }
      return NamedCommit(
        name: String(name.text.dropFirst(prefix.count)), commit: try peel(value), tag: tag)
    }
  }

  /// The commit of this name.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func commit(_ id: CommitID) throws -> Commit { try snapshot.object(id) }

  /// The chain of a commit; an empty one where it has none.
  package func chain(of commit: Commit) throws -> Chain {
    try commit.chain.map { try snapshot.object($0) } ?? .empty
  }

  /// The deltas of a commit's chain, in the order in which they are applied.
  ///
  /// - Complexity: O(deltas).
  package func activeDeltas(of commit: Commit) throws -> [ChainEntry] {
    try chain(of: commit).entries(source: snapshot)
  }

  /// Where things stand.
  package func status() throws -> LedgerStatus {
    let head = try head()
    let commit = try head.commit.map { try self.commit($0) }
    let chain = try commit.map { try self.chain(of: $0) } ?? .empty
    return LedgerStatus(
      head: head, model: commit?.model, activeDeltas: chain.activeCount,
      omittedDeltas: chain.nextSequence - chain.activeCount,
      lastOperation: try snapshot.lastOperationNumber())
  }

  /// The operations, newest first.
  package func operations(
    limit: Int = .max
  ) throws -> [(number: Int, operation: LoggedOperation)] {
    var operations: [(number: Int, operation: LoggedOperation)] = []
    guard limit > 0 else { return [] }
    try snapshot.forEachOperation { number, operation in
      operations.append((number, operation))
      return operations.count < limit
    }
    return operations
  }

  /// The commit that a past value of a reference leads to; `nil` where that went by a tag that has been
  /// collected.
  func peelIfThere(_ reference: Reference) throws -> CommitID? {
    if case .tag(let id) = reference, try !snapshot.contains(id) { return nil }
    return try peel(reference)
  }

  /// The commit that a reference leads to, through tags and other references.
  func peel(_ reference: Reference) throws -> CommitID {
    switch reference {
    case .commit(let id): return id
    case .tag(let id): return try snapshot.object(id).target
    case .symbolic(let name):
      // Only HEAD is symbolic, and only one step: a second one would be a loop.
      guard case .commit(let id)? = try snapshot.reference(name) else {
        throw LedgerError.noCommits(branch: LedgerNames.branchName(name) ?? name.text)
      }
      return id
    }
  }
}
