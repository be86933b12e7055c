import Editing
import Ledger
import ModelStore
import ObjectModel
import ObjectStore

/// A commit whose delta was made again from its recipe.
struct RegeneratedCommit: Sendable {
  let id: CommitID
  /// Commits looked at so far, this one included, and in all.
  let done: Int
  let total: Int
  let recorded: [DeltaID]
  let derived: [DeltaID]

  var isSame: Bool { recorded == derived }
}

/// Makes the deltas of commits again: the recorded records, recipe and materials, at the weights and
/// the editing state of the commit's parent. Nothing is written.
///
/// - Parameter commits: those without a recipe are passed over.
/// - Throws: ``CommandError/nothingToRegenerate`` where none has a recipe; `EditingError`,
///   `LanguageModelError`, `ModelStoreError`, `ObjectStoreError`, `CancellationError`.
func regenerate(
  _ commits: [LogEntry], in repository: Repository,
  progress: (RegeneratedCommit) throws -> Void
) throws -> [RegeneratedCommit] {
  let edits = commits.filter { $0.commit.recipe != nil && !$0.commit.parents.isEmpty }
  guard !edits.isEmpty else { throw CommandError.nothingToRegenerate }
  let view = try repository.ledger.view()
  var history = try EditingHistory(
    leadingTo: edits.map(\.id), in: view, compute: repository.compute)
  var workshop: Workshop?
  var regenerated: [RegeneratedCommit] = []
  // Oldest first: each commit's parent state extends the one before.
  for entry in edits.reversed() {
    try Task.checkCancellation()
    let commit = entry.commit
    guard let recipe = commit.recipe, let parentID = commit.parents.first else { continue }
    let parent = try view.commit(parentID)
    let materials = EditingMaterials(of: commit)
    if workshop?.model != commit.model || workshop?.recipe != recipe
      || workshop?.materials != materials
    {
      workshop = try Workshop(
        model: commit.model, recipe: recipe, materials: materials, in: view, of: repository)
    }
    guard let workshop else { continue }
    let outcome = try workshop.editor.edit(
      commit.edits.map {
        try TokenizedEdit(
          $0, contexts: workshop.editor.contexts, encoding: workshop.session.encoding)
      },
      decoder: workshop.session.base, weights: repository.materializer.weights(at: parent),
      state: history.state(at: parent))
    let derived =
      outcome.updates.isEmpty
      ? [] : [try ObjectStore.identifyDelta(outcome.updates, for: workshop.session.model)]
    let result = RegeneratedCommit(
      id: entry.id, done: regenerated.count + 1, total: edits.count,
      recorded: commit.added.map(\.delta), derived: derived)
    regenerated.append(result)
    try progress(result)
  }
  return regenerated
}

/// An editor made from a recipe, kept while commits share it.
private struct Workshop {
  let model: ModelID
  let recipe: Recipe
  let materials: EditingMaterials
  let session: ModelSession
  let editor: any Editor

  init(
    model: ModelID, recipe: Recipe, materials: EditingMaterials, in view: LedgerView,
    of repository: Repository
  ) throws {
    self.model = model
    self.recipe = recipe
    self.materials = materials
    session = try ModelSession(model, in: repository)
    editor = try EditorCatalogue.editor(
      for: recipe, materials: materials.load(for: recipe, session, in: view), base: session.base)
  }
}
