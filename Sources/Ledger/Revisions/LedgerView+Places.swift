import ObjectModel
import ObjectStore

extension LedgerView {
  /// Where `HEAD` was, where `text` asks for that: `-` for the place before this one, `@{-n}` for the n-th.
  /// A place is a branch, or being on none; `nil` for any other text.
  ///
  /// - Throws: ``LedgerError/noSuchPastValue(text:available:)``, ``LedgerError/collected(type:id:)``,
  ///   ``LedgerError/notALedger``, ``ObjectStoreError``.
  /// - Complexity: O(operations since).
  package func previousHead(named text: String) throws -> Head? {
    let text = text == "-" ? "@{-1}" : text
    guard let revision = try? Revision(text), revision.steps.isEmpty,
      case .previous(let count) = revision.base
    else { return nil }
    return try previousHead(count, text)
  }

  /// The commit of the branch that `HEAD` was on, or at which it was.
  func previousCommit(_ count: Int, _ text: String) throws -> CommitID {
    switch try previousHead(count, text) {
    case .branch(_, let commit?), .detached(let commit): return commit
    case .branch(let name, nil): throw LedgerError.noSuchBranch(name: name, suggestions: [])
    }
  }

  /// The commit that another store's branch of the name stood for; of the current branch's name where that is
  /// `nil`.
  func upstreamCommit(of name: String?) throws -> CommitID {
    var branch = name.map {
      $0.hasPrefix(LedgerNames.branchPrefix)
        ? String($0.dropFirst(LedgerNames.branchPrefix.count)) : $0
    }
    if branch == nil || branch == "HEAD" || branch == "@" {
      branch = if case .branch(let current, _) = try head() { current } else { nil }
    }
    guard let branch, let found = try upstream(of: branch) else {
      throw LedgerError.noUpstream(branch: branch)
    }
    return found.commit
  }

  private func previousHead(_ count: Int, _ text: String) throws -> Head {
    let head = try LedgerNames.head()
    guard var place = try snapshot.reference(head) else { throw LedgerError.notALedger }
    var places = 0
    try snapshot.forEachOperation { _, operation in
      guard let change = operation.changes.first(where: { $0.name == head }), let old = change.old,
        !old.isSamePlace(as: place), !operation.makesOrRemoves(old)
      else { return true }
      place = old
      places += 1
      return places < count
    }
    guard places == count else {
      throw LedgerError.noSuchPastValue(text: text, available: places)
    }
    let found = try self.head(of: place)
    if case .detached(let commit) = found, try !snapshot.contains(commit) {
      throw LedgerError.collected(type: Commit.typeName, id: commit.digest)
    }
    return found
  }
}

extension Reference {
  /// Whether `HEAD` did not leave its place by going from one to the other: without a branch it moves with
  /// each commit.
  fileprivate func isSamePlace(as other: Reference) -> Bool {
    switch (self, other) {
    case (.symbolic(let name), .symbolic(let otherName)): name == otherName
    case (.symbolic, _), (_, .symbolic): false
    default: true
    }
  }
}

extension LoggedOperation {
  /// Whether the branch that `HEAD` was on came or went in the same operation, as by a renaming or a clone:
  /// then `HEAD` did not go anywhere.
  fileprivate func makesOrRemoves(_ place: Reference) -> Bool {
    guard case .symbolic(let branch) = place else { return false }
    return changes.contains { $0.name == branch && ($0.old == nil || $0.new == nil) }
  }
}
