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

  let repository: Repository
  let session: ModelSession
  let editor: any Editor
  /// Attachments of every commit of the run.
  let attachments: [String: AttachmentID]

  /// Edits `records` on top of a commit, which must still be the current one.
  ///
  /// - Parameter message: of each commit, from the batch's number, the number of batches and the
  ///   batch.
  /// - Throws: `EditingError`, `LanguageModelError`, `ModelStoreError`, `LedgerError`,
  ///   `ObjectStoreError`, for a record that cannot be edited before anything is; `CancellationError`
  ///   between steps, with nothing of the batch committed.
  func edit(
    _ records: [EditRecord], on head: ResolvedCommit, batchSize: Int,
    message: (Int, Int, ArraySlice<EditRecord>) -> String,
    progress: (_ done: Int, _ last: Step?) -> Void
  ) throws {
    let edits = try records.map(tokenized)
    var parent = head.id
    var (state, keeper) = try state(at: head)
    // Every batch runs the layers that it edits, and those above, many times.
    let lowest = ProjectionPlace.lowestLayer(of: editor.recipe.targetModules)
    var weights = try repository.materializer.weights(at: head.commit).widened { name in
      (ProjectionPlace(weightName: name)?.layer ?? -1) >= lowest
    }
    let batches = (records.count + batchSize - 1) / batchSize
    progress(0, nil)
    for batch in 0..<batches {
      try Task.checkCancellation()
      let start = ContinuousClock.now
      let range = batch * batchSize..<min(records.count, (batch + 1) * batchSize)
      let outcome = try editor.edit(
        Array(edits[range]), decoder: session.base, weights: weights, state: state)
      let contributed = try repository.store.storeContribution(outcome.contribution)
      parent = try commit(
        outcome, contributed, of: records[range], on: parent,
        message: message(batch + 1, batches, records[range]))
      // A batch that appended no delta has no place in the chain that later states are folded over.
      if !outcome.updates.isEmpty {
        state.statistics.merge(outcome.contribution.statistics)
        keeper?.folded += 1
        try keeper?.reached(parent, with: state.statistics, of: repository)
        if let id = contributed[EditingHistory.memoryName] {
          state.memory.merge(reading: repository.store.editMemory(id))
        }
      }
      weights = outcome.weights
      // What this process holds on to, the store cannot use again.
      try repository.materializer.renewSnapshots()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      progress(
        range.upperBound,
        Step(commit: parent, outcome: outcome, records: records[range], seconds: seconds))
    }
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
    let tokens = edit.prompt.count + edit.target.count - 1
    let limit = session.base.shape.maximumPositions
    guard tokens <= limit else {
      throw CommandError.recordTooLong(prompt: record.prompt, tokens: tokens, limit: limit)
    }
    return edit
  }

  private func commit(
    _ outcome: EditOutcome, _ contributed: [String: AttachmentID],
    of records: ArraySlice<EditRecord>, on parent: CommitID, message: String
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
        deltas: deltas, operation: .edit, message: message, edits: Array(records),
        recipe: editor.recipe, attachments: attachments.merging(contributed) { $1 },
        metrics: outcome.metrics,
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
