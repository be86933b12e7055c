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
    leadingTo: edits.map(\.id), in: view, of: repository.store)
  var workshops = Workshops(of: repository)
  var regenerated: [RegeneratedCommit] = []
  // Oldest first: each commit's parent state extends the one before.
  for entry in edits.reversed() {
    try Task.checkCancellation()
    let commit = entry.commit
    guard let recipe = commit.recipe, let parentID = commit.parents.first else { continue }
    let parent = try view.commit(parentID)
    let workshop = try workshops.workshop(for: commit, recipe)
    let outcome = try workshop.edit(
      commit.edits, weights: repository.materializer.weights(at: parent),
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
