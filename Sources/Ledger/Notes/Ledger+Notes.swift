package import ObjectModel
import ObjectStore

extension Ledger {
  /// Attaches text to a commit. The same text by the same author at the same second is one note.
  ///
  /// - Throws: ``LedgerError/referenceMoved(name:by:)``, what the source of the signing key throws,
  ///   ``ObjectStoreError``, ``ObjectModelError``.
  @discardableResult
  package func addNote(
    _ text: String, to commit: CommitID, _ context: OperationContext
  ) throws -> Note {
    let tag = try sealed(
      Tag(
        target: commit, name: Note.objectName, message: text, time: context.time,
        author: context.author))
    let encoded = try tag.encoded()
    let name = try LedgerNames.note(encoded.id, on: commit)
    let old = try view().snapshot.reference(name)
    try record([.init(name: name, old: old, new: .tag(encoded.id))], context) {
      try $0.put(encoded)
    }
    return Note(id: encoded.id, tag: tag)
  }

  /// Takes notes off their commits, all or none, in one operation; `undo` brings them back.
  ///
  /// - Throws: ``LedgerError/referenceMoved(name:by:)`` also where one is gone already; ``ObjectStoreError``.
  package func removeNotes(_ notes: [Note], _ context: OperationContext) throws {
    try record(
      notes.map {
        .init(name: try LedgerNames.note($0.id, on: $0.commit), old: .tag($0.id), new: nil)
      }, context)
  }
}
