package import ObjectModel

/// Something that points at a commit.
package enum Decoration: Hashable, Sendable {
  /// `HEAD`, where it is on no branch.
  case detachedHead
  case branch(String)
  case tag(String)
  /// Where a branch of another store was last seen.
  case remoteBranch(String)
}

extension LedgerView {
  /// What points at each commit: `HEAD` first, then branches, tags and other stores' branches, each by
  /// name.
  ///
  /// - Throws: ``LedgerError/notALedger``, ``ObjectStoreError``.
  package func decorations() throws -> [CommitID: [Decoration]] {
    var found: [CommitID: [Decoration]] = [:]
    if case .detached(let commit) = try head() { found[commit] = [.detachedHead] }
    for branch in try branches() { found[branch.commit, default: []].append(.branch(branch.name)) }
    for tag in try tags() { found[tag.commit, default: []].append(.tag(tag.name)) }
    for branch in try remoteBranches() {
      found[branch.commit, default: []].append(.remoteBranch(branch.name))
    }
    return found
  }
}
