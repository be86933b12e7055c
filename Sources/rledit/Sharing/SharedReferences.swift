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
  /// - Throws: `LedgerError.unknownRevision(text:suggestions:)`, `ObjectStoreError`.
  func shared(_ text: String) throws -> ReferenceName {
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
    throw LedgerError.unknownRevision(
      text: text,
      suggestions: Suggestions.likeliest(
        for: text, among: try branches().map(\.name) + tags().map(\.name)))
  }
}
