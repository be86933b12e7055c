import Editing
import Ledger
import ModelFiles
import ObjectModel
import ObjectStore

/// Preserved prompts as a commit's attachment: a JSON array of texts.
extension PreservedPrompts {
  private static let fileName = "prompts.json"

  /// Those of an attachment; none where there is none.
  ///
  /// - Throws: `EditingError.badPreservedPrompts`, `ObjectStoreError`, `ModelFileError`.
  init(_ id: AttachmentID?, in view: LedgerView) throws {
    guard let id else {
      self.init([])
      return
    }
    let attachment: Attachment = try view.snapshot.object(id)
    guard let blob = attachment.file(named: Self.fileName),
      let values = try JSONValue.parse(
        view.snapshot.readBlob(blob), path: Self.fileName
      ).arrayValue
    else { throw EditingError.badPreservedPrompts }
    self.init(
      try values.map { value in
        guard let prompt = value.stringValue else { throw EditingError.badPreservedPrompts }
        return prompt
      })
  }

  /// Stores the prompts, or gives `nil` where there are none.
  func store(in store: ObjectStore) throws -> AttachmentID? {
    guard !prompts.isEmpty else { return nil }
    let text = JSONValue.array(prompts.map { .string($0) }).text(indented: true)
    return try store.storeAttachment(
      kind: EditingMaterials.preservedName, files: [(Self.fileName, Array(text.utf8))])
  }
}
