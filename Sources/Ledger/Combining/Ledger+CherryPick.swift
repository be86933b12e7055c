package import ObjectModel

extension Ledger {
  /// Puts what commits of other lines did on top of the current one, a commit each, all or none.
  ///
  /// - Parameter message: of the new commit, where there is one commit.
  /// - Returns: the new commits, the oldest first; none for a commit whose changes are there already.
  /// - Throws: ``LedgerError/nothingToCarry(commits:)`` where all changes are there already;
  ///   ``LedgerError/differentModels(_:_:)``, ``LedgerError/noCommits(branch:)``,
  ///   ``LedgerError/referenceMoved(name:)``, what the deriver throws, ``ObjectStoreError``.
  @discardableResult
  package func cherryPick(
    _ commits: [CommitID], message: String? = nil, _ context: OperationContext
  ) throws -> [LogEntry] {
    let view = try view()
    let head = try view.headCommit()
    let model = try view.commit(head).model
    var line = try PendingLine(on: head, in: view, deriver: stateDeriver)
    for id in commits {
      let commit = try view.commit(id)
      guard commit.model == model else { throw LedgerError.differentModels(head, id) }
      try line.carry(
        LogEntry(id: id, commit: commit), sharedNumbers: view.sharedNumbers(head, id),
        message: message)
    }
    guard !line.made.isEmpty else { throw LedgerError.nothingToCarry(commits: commits) }
    try record(line, context)
    return line.made
  }
}

extension LedgerView {
  /// The number below which two commits' chains give every number the same meaning.
  func sharedNumbers(_ first: CommitID, _ second: CommitID) throws -> Int {
    try mergeBases(of: first, and: second).map { try chain(of: commit($0)).nextSequence }.min()
      ?? 0
  }
}
