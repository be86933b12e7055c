import Algorithms
import Editing
import LanguageModel
import Ledger
import ModelStore
import ObjectModel
import ObjectStore
import Tensors

/// A run of edits: batch after batch, one commit each. What is committed stays whatever happens next.
struct EditRun {
  /// One batch, committed.
  struct Step {
    let commit: CommitID
    let outcome: EditOutcome
    let records: ArraySlice<EditRecord>
    let seconds: Double
  }

  /// A look at earlier facts.
  struct Look {
    let visited: Int
    /// The edits of those that were lost: none where none was.
    let steps: [Step]
    /// With the edits'.
    let seconds: Double

    /// How many were lost.
    var lost: Int { steps.reduce(0) { $0 + $1.records.count } }
  }

  /// What a run tells of while it goes on.
  enum Event {
    case edited(Step)
    case looked(Look)
  }

  let repository: Repository
  let session: ModelSession
  let editor: any Editor
  /// Attachments of every commit of the run.
  let attachments: [String: AttachmentID]
  /// How earlier facts are looked after; `nil` leaves them to themselves.
  let rehearsal: Rehearsal?

  /// Edits `records` on top of a commit, which must still be the current one.
  ///
  /// - Parameters:
  ///   - message: of each batch's commit, from the batch's number, the number of batches and the batch.
  ///   - progress: told how many records are edited, and what came last.
  /// - Throws: `EditingError`, `LanguageModelError`, `ModelStoreError`, `LedgerError`,
  ///   `ObjectStoreError`, for a record that cannot be edited before anything is; `CancellationError`
  ///   between steps, with nothing of the batch committed.
  func edit(
    _ records: [EditRecord], on head: ResolvedCommit, batchSize: Int,
    message: (Int, Int, ArraySlice<EditRecord>) -> String,
    progress: (_ done: Int, _ last: Event?) -> Void
  ) throws {
    let edits = try records.map(tokenized)
    var facts = try rehearsal.map { _ in
      let view = try repository.ledger.view()
      return try ActiveFacts(HistoryEdits(leadingTo: head.id, in: view), at: head.commit)
    }
    var line = try line(from: head)
    let batches = records.indices.chunks(ofCount: batchSize)
    progress(0, nil)
    for (number, range) in zip(1..., batches) {
      try Task.checkCancellation()
      let step = try advance(
        &line, by: Array(edits[range]), of: records[range], .edit,
        message(number, batches.count, records[range]))
      progress(range.upperBound, .edited(step))
      if let rehearsal, let earlier = facts {
        progress(
          range.upperBound,
          .looked(try look(at: earlier, by: rehearsal, batchSize: batchSize, on: &line)))
        // As the chain has it: a batch that the model knew already is no part of that.
        if !step.outcome.updates.isEmpty { facts?.take(records[range]) }
      }
    }
  }

  /// Where a run has come to.
  private struct Line {
    var parent: CommitID
    var weights: EditedWeights
    var state: EditingState
    var keeper: StatisticsKeeper?
  }

  private func line(from head: ResolvedCommit) throws -> Line {
    let (state, keeper) = try state(at: head)
    // Every batch runs the layers that it edits, and those above, many times.
    let lowest = ProjectionPlace.lowestLayer(of: editor.recipe.targetModules)
    let weights = try repository.materializer.weights(at: head.commit).widened { name in
      (ProjectionPlace(weightName: name)?.layer ?? -1) >= lowest
    }
    return Line(parent: head.id, weights: weights, state: state, keeper: keeper)
  }

  /// Edits one batch and commits it.
  private func advance(
    _ line: inout Line, by edits: [TokenizedEdit], of records: ArraySlice<EditRecord>,
    _ operation: Commit.Operation, _ message: String
  ) throws -> Step {
    let start = ContinuousClock.now
    let outcome = try editor.edit(
      edits, decoder: session.base, weights: line.weights, state: line.state)
    let cost = EditCost.metrics(since: start)
    let contributed = try repository.store.storeContribution(outcome.contribution)
    line.parent = try commit(
      outcome, contributed, of: records, on: line.parent, operation, message: message, cost: cost)
    // A batch that appended no delta has no place in the chain that later states are folded over.
    if !outcome.updates.isEmpty {
      line.state.statistics.merge(outcome.contribution.statistics)
      line.keeper?.folded += 1
      try line.keeper?.reached(line.parent, with: line.state.statistics, of: repository)
      if let id = contributed[EditingHistory.memoryName] {
        line.state.memory.merge(reading: repository.store.editMemory(id))
      }
    }
    line.weights = outcome.weights
    // What this process holds on to, the store cannot use again.
    try repository.materializer.renewSnapshots()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return Step(commit: line.parent, outcome: outcome, records: records, seconds: seconds)
  }

  /// Looks at some of the facts of the batches before the last one, and edits again what was lost of them, no
  /// more at once than in a batch: an edit's memory and its delta's rank grow with its records.
  private func look(
    at facts: ActiveFacts, by rehearsal: Rehearsal, batchSize: Int, on line: inout Line
  ) throws -> Look {
    try Task.checkCancellation()
    let start = ContinuousClock.now
    let visited = try rehearsal.visited(among: facts.records.count, turn: facts.batches).map {
      let record = facts.records[$0]
      return (record: record, edit: try tokenized(record))
    }
    let lost = try rehearsal.lost(
      of: visited.map(\.edit), by: session.base.over(line.weights)
    ).map { visited[$0] }
    let steps = try lost.chunks(ofCount: batchSize).map { part in
      try Task.checkCancellation()
      let records = part.map(\.record)[...]
      return try advance(
        &line, by: part.map(\.edit), of: records, .rehearse,
        "Rehearse \(Wording.subjects(of: records))")
    }
    return Look(
      visited: visited.count, steps: steps,
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  /// What the editor reads of the editing state at a commit. The history it is read from is let go at once.
  ///
  /// - Complexity: O(edits since the statistics were last kept), but O(history) where the editor reads
  ///   earlier keys.
  private func state(at head: ResolvedCommit) throws -> (EditingState, StatisticsKeeper?) {
    guard !editor.reads.isEmpty else { return (EditingState(), nil) }
    let view = try repository.ledger.view()
    let state: EditingState
    var keeper: StatisticsKeeper
    if editor.reads == .statistics,
      let (kept, folded) = try KeptStatistics.following(head.id, in: view, of: repository.store)
    {
      state = EditingState(statistics: kept.statistics)
      keeper = StatisticsKeeper(numbersBelow: kept.numbersBelow, folded: folded)
    } else {
      var history = try EditingHistory(leadingTo: [head.id], in: view, of: repository.store)
      let entries = try view.activeDeltas(of: head.commit)
      state = try history.state(of: entries)
      keeper = StatisticsKeeper(numbersBelow: history.numbersBelow, folded: entries.count)
    }
    try keeper.reached(head.id, with: state.statistics, of: repository)
    return (state, keeper)
  }

  /// - Throws: ``CommandError/recordTooLong(prompt:tokens:limit:)``, `EditingError`.
  private func tokenized(_ record: EditRecord) throws -> TokenizedEdit {
    let edit = try TokenizedEdit(
      record, contexts: editor.contexts, encoding: session.encoding)
    let tokens =
      ([edit] + edit.contexts).map { $0.prompt.count + $0.target.count - 1 }.max() ?? 0
    let limit = session.base.shape.maximumPositions
    guard tokens <= limit else {
      throw CommandError.recordTooLong(prompt: record.prompt, tokens: tokens, limit: limit)
    }
    return edit
  }

  private func commit(
    _ outcome: EditOutcome, _ contributed: [String: AttachmentID],
    of records: ArraySlice<EditRecord>, on parent: CommitID, _ operation: Commit.Operation,
    message: String, cost: [Commit.Metric]
  ) throws -> CommitID {
    let store = repository.store
    // A batch that the model knew already changes nothing.
    let deltas =
      outcome.updates.isEmpty ? [] : [try store.storeDelta(outcome.updates, for: session.model)]
    var digests: [String: StateDigest] = [:]
    for name in outcome.weights.editedNames {
      guard let buffer = outcome.weights.editedBuffer(named: name) else { continue }
      digests[name] = StateDigest(contentDigest(of: buffer.bytes))
    }
    return try repository.ledger.commit(
      CommitDraft(
        deltas: deltas, operation: operation, message: message, edits: Array(records),
        recipe: editor.recipe, attachments: attachments.merging(contributed) { $1 },
        metrics: outcome.metrics + cost,
        stateDigests: digests, parent: parent),
      repository.context())
  }
}

extension EditOutcome {
  /// What a commit records of how the batch went.
  var metrics: [Commit.Metric] {
    [
      Commit.Metric(name: "before.loss", value: lossBefore),
      Commit.Metric(name: "after.loss", value: lossAfter),
      Commit.Metric(name: "before.efficacy", value: efficacyBefore),
      Commit.Metric(name: "after.efficacy", value: efficacyAfter),
      Commit.Metric(name: "steps", value: Double(steps)),
    ]
  }
}
