package import ObjectModel

extension Ledger {
  /// Puts what commits of other lines did on top of the current one, a commit each, all or none.
  ///
  /// - Parameters:
  ///   - message: of the new commit, where there is one commit.
  ///   - story: the records and attachments of a commit, from the deltas that are there already; `nil`
  ///     where they are its own. A merge's are those of the commits that it brought in.
  /// - Returns: the new commits, the oldest first; none for a commit whose changes are there already.
  /// - Throws: ``LedgerError/nothingToCarry(commits:)`` where all changes are there already;
  ///   ``LedgerError/differentModels(_:_:)``, ``LedgerError/noCommits(branch:)``,
  ///   ``LedgerError/referenceMoved(name:by:)``, what the deriver throws, ``ObjectStoreError``.
  /// - Complexity: for each commit a search for common ancestors, and O(n), n being the active deltas.
  @discardableResult
  package func cherryPick(
    _ commits: [CommitID], message: String? = nil,
    story: (LogEntry, Set<DeltaID>) throws -> CarriedStory? = { _, _ in nil },
    _ context: OperationContext
  ) throws -> [LogEntry] {
    let view = try view()
    let head = try view.headCommit()
    let model = try view.commit(head).model
    var line = try line(on: head, in: view)
    for id in commits {
      let commit = try view.commit(id)
      guard commit.model == model else { throw LedgerError.differentModels(head, id) }
      let entry = LogEntry(id: id, commit: commit)
      try line.carry(
        entry, sharedNumbers: view.sharedNumbers(head, id), message: message,
        story: story(entry, Set(line.activeDeltas().map(\.delta))))
    }
    guard !line.made.isEmpty else { throw LedgerError.nothingToCarry(commits: commits) }
    try record(line, context)
    return line.made
  }
}

extension LedgerView {
  /// The number below which two commits' chains give every number the same meaning: those given out on
  /// the way to their nearest common ancestor; of several ancestors, to where these agree themselves.
  func sharedNumbers(_ first: CommitID, _ second: CommitID) throws -> Int {
    try sharedNumbers(of: mergeBases(of: first, and: second))
  }

  func sharedNumbers(of bases: [CommitID]) throws -> Int {
    guard let first = bases.first else { return 0 }
    guard bases.count > 1 else { return try chain(of: commit(first)).nextSequence }
    return try bases.dropFirst().map { try sharedNumbers(first, $0) }.min() ?? 0
  }
}
