import Editing
import Ledger
import ModelStore
import ObjectModel

/// An editor made again from what a commit records, with the model to run.
struct Workshop {
  fileprivate let model: ModelID
  fileprivate let recipe: Recipe
  fileprivate let materials: EditingMaterials
  let session: ModelSession
  let editor: any Editor

  /// Makes the delta of records at some weights.
  ///
  /// - Throws: `EditingError`, `LanguageModelError`, `ModelStoreError`.
  func edit(
    _ records: [EditRecord], weights: EditedWeights, state: EditingState
  ) throws -> EditOutcome {
    try editor.edit(
      records.map { try TokenizedEdit($0, contexts: editor.contexts, encoding: session.encoding) },
      decoder: session.base, weights: weights, state: state)
  }
}

/// Makes workshops, and keeps the last one while commits share it.
struct Workshops {
  private let repository: Repository
  private var last: Workshop?

  init(of repository: Repository) { self.repository = repository }

  /// - Throws: `EditingError`, `ObjectStoreError`, `ModelFileError`, `LanguageModelError`.
  mutating func workshop(
    for commit: Commit, _ recipe: Recipe
  ) throws -> Workshop {
    let materials = EditingMaterials(of: commit)
    if let last, last.model == commit.model, last.recipe == recipe, last.materials == materials {
      return last
    }
    let session = try ModelSession(commit.model, in: repository)
    let made = Workshop(
      model: commit.model, recipe: recipe, materials: materials, session: session,
      editor: try EditorCatalogue.editor(
        for: recipe, materials: materials.load(for: recipe, session, in: repository.store),
        base: session.base))
    last = made
    return made
  }
}
