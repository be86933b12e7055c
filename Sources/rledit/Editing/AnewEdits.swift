import Editing
import Ledger
import ModelStore
import ObjectModel
import ObjectStore

/// The edits of a rebase, made anew from their recipes at the weights and the editing state that they
/// come to stand on.
struct AnewEdits {
  private let repository: Repository
  private var workshops: Workshops
  private var history: EditingHistory
  /// Commits of the line that the history has.
  private var noted = 0

  /// - Throws: `ObjectStoreError`.
  init(of plan: RebasePlan, in repository: Repository) throws {
    self.repository = repository
    workshops = Workshops(of: repository)
    history = try EditingHistory(
      leadingTo: [plan.onto], in: repository.ledger.view(), of: repository.store)
  }

  /// Puts an edit on the line, where the commit is one with a recipe.
  ///
  /// - Returns: whether it was.
  /// - Throws: `EditingError`, `LanguageModelError`, `ModelStoreError`, `ObjectStoreError`.
  mutating func place(_ entry: LogEntry, on line: inout PendingLine) throws -> Bool {
    for made in line.made[noted...] { history.note(made.commit) }
    noted = line.made.count
    guard let recipe = entry.commit.recipe else { return false }
    let active = try line.activeDeltas()
    // What is there already is not made once more.
    let present = Set(active.map(\.delta))
    let own = entry.commit.added.map(\.delta)
    guard own.isEmpty || !own.allSatisfy(present.contains) else { return false }
    let workshop = try workshops.workshop(for: entry.commit, recipe)
    let weights = try repository.materializer.weights(
      model: entry.commit.model, chain: line.chain, nodes: line.chainNodes)
    let state = try history.state(of: active)
    let start = ContinuousClock.now
    let outcome = try workshop.edit(entry.commit.edits, weights: weights, state: state)
    let cost = EditCost.metrics(since: start)
    let store = repository.store
    let deltas =
      outcome.updates.isEmpty
      ? [] : [try store.storeDelta(outcome.updates, for: workshop.session.model)]
    try line.replace(
      entry,
      by: CommitDraft(
        deltas: deltas, operation: entry.commit.operation, message: entry.commit.message,
        edits: entry.commit.edits, recipe: recipe,
        attachments: EditingMaterials(of: entry.commit).attachments
          .merging(try store.storeContribution(outcome.contribution)) { $1 },
        metrics: outcome.metrics + cost))
    return true
  }
}
