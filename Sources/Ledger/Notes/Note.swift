package import ObjectModel
import ObjectStore

/// Text that was attached to a commit after it was made, which keeps its id.
///
/// A note is a tag object of the commit whose name no tag can have, under the reference
/// `refs/notes/COMMIT/NOTE`. The name says what it stands for, so that two stores can never disagree about
/// one; a commit may have any number.
package struct Note: Sendable, Hashable {
  /// The name in the object: `:` is refused in the names of tags.
  package static let objectName = ":note"

  package let id: TagID
  package let tag: Tag

  package var commit: CommitID { tag.target }
  package var text: String { tag.message }
}

extension LedgerNames {
  package static let notePrefix = "refs/notes/"

  /// The reference of a note.
  static func note(_ id: TagID, on commit: CommitID) throws -> ReferenceName {
    try reference("\(notePrefix)\(commit.hex)/\(id.hex)", of: id.hex)
  }

  /// The commit that a note's reference names; `nil` where the name is no note's, or not that of `id`.
  static func noted(by name: ReferenceName, as id: TagID) -> CommitID? {
    guard name.text.hasPrefix(notePrefix) else { return nil }
    let parts = name.text.dropFirst(notePrefix.count).split(
      separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == id.hex else { return nil }
    return CommitID(hex: String(parts[0]))
  }
}

extension LedgerView {
  /// The notes on a commit, the oldest first.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(notes on it).
  package func notes(on commit: CommitID) throws -> [Note] {
    try notes(withPrefix: "\(LedgerNames.notePrefix)\(commit.hex)/")
  }

  /// All notes, those on one commit together, the oldest of them first.
  ///
  /// - Throws: ``ObjectStoreError``.
  /// - Complexity: O(notes).
  package func notes() throws -> [Note] { try notes(withPrefix: LedgerNames.notePrefix) }

  private func notes(withPrefix prefix: String) throws -> [Note] {
    try snapshot.references(withPrefix: prefix).compactMap { name, value in
      guard case .tag(let id) = value, let commit = LedgerNames.noted(by: name, as: id) else {
        return nil
      }
      let tag = try snapshot.object(id)
      // What says that it is about something else is no note on this.
      guard tag.isNote(on: commit) else { return nil }
      return Note(id: id, tag: tag)
    }.sorted {
      ($0.commit, $0.tag.time, $0.id) < ($1.commit, $1.tag.time, $1.id)
    }
  }
}

extension Tag {
  func isNote(on commit: CommitID) -> Bool { name == Note.objectName && target == commit }
}
