import Ledger
import ObjectModel
import ObjectStore

extension LedgerView {
  /// The names of everything that travels: branches, tags and materials.
  ///
  /// - Throws: `ObjectStoreError`.
  func everyReference() throws -> [ReferenceName] {
    try snapshot.references().map(\.name).filter { LedgerNames.isShared($0) }
  }

  /// The reference that a user names: a branch, a tag or a full name.
  ///
  /// - Parameter hint: what to do where the text stands for commits and not for a name.
  /// - Throws: `LedgerError.unknownRevision(text:suggestions:)`, `LedgerError.noCommits(branch:)`,
  ///   ``CommandError/noName(_:hint:)``, `ObjectStoreError`.
  func shared(
    _ text: String,
    hint: String = "name a branch or a tag; 'rledit branch NEW REV' makes one of a commit"
  ) throws -> ReferenceName {
    let candidates =
      text.hasPrefix("refs/")
      ? [text] : [LedgerNames.branchPrefix + text, LedgerNames.tagPrefix + text]
    for candidate in candidates {
      if let name = ReferenceName(candidate), LedgerNames.isShared(name),
        try snapshot.reference(name) != nil
      {
        return name
      }
    }
    if case .branch(text, nil) = try head() { throw LedgerError.noCommits(branch: text) }
    guard !standsForCommits(text) else { throw CommandError.noName(text, hint: hint) }
    throw LedgerError.unknownRevision(
      text: text,
      suggestions: Suggestions.likeliest(
        for: text, among: try branches().map(\.name) + tags().map(\.name)))
  }

  /// Whether a text names a commit or a range.
  private func standsForCommits(_ text: String) -> Bool {
    (try? resolveRange(text)) != nil || (try? resolve(text)) != nil
  }
}
