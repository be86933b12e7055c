import ObjectStore

extension LedgerNames {
  /// The reference that tells where a remote has a branch; `nil` for what is no branch, and for one whose
  /// name is too long with the remote's.
  ///
  /// - Throws: ``LedgerError/invalidName(name:reason:)``.
  static func tracking(_ name: ReferenceName, of remote: String) throws -> ReferenceName? {
    guard branchName(name) != nil, !isTooLong(name, from: remote) else { return nil }
    return try local(name, from: remote)
  }
}

extension LedgerView {
  /// What has to change so that a remote's branches are known to be where it has them.
  ///
  /// - Parameter references: of the remote, `nil` for one that it has not any more. What is no branch is
  ///   passed over.
  /// - Throws: ``LedgerError/invalidName(name:reason:)``, ``ObjectStoreError``.
  func changes(
    tracking references: [(name: ReferenceName, value: Reference?)], of remote: String
  ) throws -> [LoggedOperation.Change] {
    var changes: [LoggedOperation.Change] = []
    for reference in references {
      guard let name = try LedgerNames.tracking(reference.name, of: remote) else { continue }
      changes.append(.init(name: name, old: try snapshot.reference(name), new: reference.value))
    }
    return changes
  }
}

extension LedgerView {
  /// What is known here of another store's branches, but for some of them.
  ///
  /// - Throws: ``ObjectStoreError``.
  func references(
    of origin: String, without names: Set<ReferenceName>
  ) throws -> [(name: ReferenceName, value: Reference)] {
    try snapshot.references(withPrefix: LedgerNames.branchPrefix(of: origin))
      .filter { !names.contains($0.name) }
  }

  /// The branches of this name in other stores, as far as is known here.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func remoteBranches(called branch: String) throws -> [NamedCommit] {
    try remoteBranches().filter { found in
      found.name.split(separator: "/", maxSplits: 1).last.map(String.init) == branch
    }
  }

  /// Where the remote that verbs take by themselves has the branch of this name; `nil` where it has none, as
  /// far as is known here.
  ///
  /// - Throws: ``LedgerError/invalidName(name:reason:)``, ``ObjectStoreError``.
  package func upstream(of branch: String) throws -> NamedCommit? {
    guard let branch = try? LedgerNames.branch(branch),
      let name = try LedgerNames.tracking(branch, of: Remote.standardName),
      let value = try snapshot.reference(name)
    else { return nil }
    return NamedCommit(
      name: String(name.text.dropFirst(LedgerNames.remotePrefix.count)), commit: try peel(value),
      tag: nil)
  }
}

extension Ledger {
  private static let trackingAttempts = 3

  /// Takes note of where a push, which is done, has left a remote's branches. Where somebody else takes note
  /// of them all the time, that is as good.
  ///
  /// - Throws: ``LedgerError/invalidName(name:reason:)``, ``ObjectStoreError``.
  func track(
    _ pushed: [PushedReference], of remote: String, _ context: OperationContext
  ) throws {
    for _ in 0..<Self.trackingAttempts {
      do {
        let view = try view()
        // It may have another name by now, or none.
        guard try view.remotes().contains(where: { $0.name == remote }) else { return }
        let changes = try view.changes(
          tracking: pushed.map { (name: $0.name, value: $0.new) }, of: remote)
        return try record(changes, context)
      } catch LedgerError.referenceMoved {
        continue
      }
    }
  }
}
