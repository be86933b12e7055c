package import ObjectModel
import ObjectStore

extension Ledger {
  /// Makes a branch at `commit`, and goes to it in the same operation when `switching`.
  ///
  /// - Throws: ``LedgerError/invalidName(name:reason:)``, ``LedgerError/branchExists(name:)``,
  ///   ``LedgerError/referenceMoved(name:by:)``, ``ObjectStoreError``.
  package func createBranch(
    _ name: String, at commit: CommitID, switching: Bool = false, _ context: OperationContext
  ) throws {
    let reference = try LedgerNames.branch(name)
    let view = try view()
    guard try view.snapshot.reference(reference) == nil else {
      throw LedgerError.branchExists(name: name)
    }
    var changes = [LoggedOperation.Change(name: reference, old: nil, new: .commit(commit))]
    if switching { changes.append(try changeOfHead(in: view, to: .symbolic(reference))) }
    try record(changes, context)
  }

  /// Deletes branches, all or none, in one operation. Their commits stay, and `undo` brings them back.
  ///
  /// - Throws: ``LedgerError/noSuchBranch(name:suggestions:)``,
  ///   ``LedgerError/branchIsCurrent(name:)``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  package func deleteBranches(_ names: [String], _ context: OperationContext) throws {
    let view = try view()
    let head = try view.head()
    try delete(names, context) { name in
      let found = try branch(name, in: view)
      if case .branch(name, _) = head { throw LedgerError.branchIsCurrent(name: name) }
      return found
    }
  }

  /// Forgets where branches of other stores were, all or none, in one operation.
  ///
  /// - Parameter names: `REMOTE/BRANCH`.
  /// - Throws: ``LedgerError/noSuchBranch(name:suggestions:)``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  package func forgetRemoteBranches(_ names: [String], _ context: OperationContext) throws {
    let view = try view()
    let known = try view.remoteBranches().map(\.name)
    try delete(names, context) { name in
      guard known.contains(name),
        let reference = ReferenceName(LedgerNames.remotePrefix + name),
        let value = try view.snapshot.reference(reference)
      else {
        throw LedgerError.noSuchBranch(
          name: name, suggestions: Suggestions.likeliest(for: name, among: known))
      }
      return (reference, value)
    }
  }

  /// Renames a branch; `HEAD` goes with it.
  ///
  /// - Throws: ``LedgerError/noSuchBranch(name:suggestions:)``,
  ///   ``LedgerError/branchExists(name:)``, ``LedgerError/invalidName(name:reason:)``,
  ///   ``LedgerError/referenceMoved(name:by:)``, ``ObjectStoreError``.
  package func renameBranch(
    _ name: String, to newName: String, _ context: OperationContext
  ) throws {
    let view = try view()
    let (old, value) = try branch(name, in: view)
    let new = try LedgerNames.branch(newName)
    guard try view.snapshot.reference(new) == nil else {
      throw LedgerError.branchExists(name: newName)
    }
    var changes: [LoggedOperation.Change] = [
      .init(name: old, old: value, new: nil), .init(name: new, old: nil, new: value),
    ]
    if case .branch(name, _) = try view.head() {
      changes.append(
        .init(name: try LedgerNames.head(), old: .symbolic(old), new: .symbolic(new)))
    }
    try record(changes, context)
  }

  /// Makes a tag of `commit`: an object of its own where there is a message, else a plain name.
  ///
  /// - Throws: ``LedgerError/invalidName(name:reason:)``, ``LedgerError/tagExists(name:)``,
  ///   ``LedgerError/referenceMoved(name:by:)``, ``ObjectStoreError``.
  package func createTag(
    _ name: String, at commit: CommitID, message: String? = nil, _ context: OperationContext
  ) throws {
    let reference = try LedgerNames.tag(name)
    guard try view().snapshot.reference(reference) == nil else {
      throw LedgerError.tagExists(name: name)
    }
    let tag = try message.map {
      try sealed(
        Tag(target: commit, name: name, message: $0, time: context.time, author: context.author)
      ).encoded()
    }
    let value = tag.map { Reference.tag($0.id) } ?? .commit(commit)
    try record([.init(name: reference, old: nil, new: value)], context) { transaction in
      if let tag { try transaction.put(tag) }
    }
  }

  /// Deletes the names of tags, all or none, in one operation; `undo` brings them back.
  ///
  /// - Throws: ``LedgerError/noSuchTag(name:suggestions:)``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  package func deleteTags(_ names: [String], _ context: OperationContext) throws {
    let view = try view()
    try delete(names, context) { name in
      let reference = try LedgerNames.tag(name)
      guard let value = try view.snapshot.reference(reference) else {
        throw LedgerError.noSuchTag(
          name: name,
          suggestions: Suggestions.likeliest(for: name, among: try view.tags().map(\.name)))
      }
      return (reference, value)
    }
  }

  /// Takes away what names stand for, all or none, in one operation; one named twice goes once.
  private func delete(
    _ names: [String], _ context: OperationContext,
    finding find: (String) throws -> (name: ReferenceName, value: Reference)
  ) throws {
    var seen: Set<String> = []
    let changes = try names.filter { seen.insert($0).inserted }.map { name in
      let found = try find(name)
      return LoggedOperation.Change(name: found.name, old: found.value, new: nil)
    }
    try record(changes, context)
  }

  /// Goes to a branch.
  ///
  /// - Throws: ``LedgerError/noSuchBranch(name:suggestions:)``,
  ///   ``LedgerError/referenceMoved(name:by:)``, ``ObjectStoreError``.
  package func switchToBranch(_ name: String, _ context: OperationContext) throws {
    let view = try view()
    let (reference, _) = try branch(name, in: view)
    try moveHead(to: .symbolic(reference), in: view, context)
  }

  /// Goes to a commit, leaving the branch.
  ///
  /// - Throws: ``LedgerError/referenceMoved(name:by:)``, ``ObjectStoreError``.
  package func switchToCommit(_ commit: CommitID, _ context: OperationContext) throws {
    try moveHead(to: .commit(commit), in: try view(), context)
  }

  /// Takes the current branch, or a detached `HEAD`, to `commit`.
  ///
  /// - Throws: ``LedgerError/notALedger``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  package func reset(to commit: CommitID, _ context: OperationContext) throws {
    try record([try changeOfHead(in: try view(), to: commit)], context)
  }

  private func moveHead(
    to new: Reference, in view: LedgerView, _ context: OperationContext
  ) throws {
    try record([try changeOfHead(in: view, to: new)], context)
  }

  /// The change of what `HEAD` itself names.
  func changeOfHead(
    in view: LedgerView, to new: Reference
  ) throws -> LoggedOperation.Change {
    let name = try LedgerNames.head()
    guard let old = try view.snapshot.reference(name) else { throw LedgerError.notALedger }
    return .init(name: name, old: old, new: new)
  }

  private func branch(
    _ name: String, in view: LedgerView
  ) throws -> (name: ReferenceName, value: Reference) {
    if let reference = try? LedgerNames.branch(name),
      let value = try view.snapshot.reference(reference)
    {
      return (reference, value)
    }
    throw LedgerError.noSuchBranch(
      name: name,
      suggestions: Suggestions.likeliest(for: name, among: try view.branches().map(\.name)))
  }
}
