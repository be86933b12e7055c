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

  /// Edits `records` on top of the current commit.
  ///
  /// - Parameter message: of each commit, from the batch's number, the number of batches and the
  ///   batch.
  /// - Throws: `EditingError`, `LanguageModelError`, `ModelStoreError`, `LedgerError`,
  ///   `ObjectStoreError`; `CancellationError` between steps, with nothing of the batch committed.
  func edit(
    _ records: [EditRecord], batchSize: Int,
    message: (Int, Int, ArraySlice<EditRecord>) -> String,
    progress: (_ done: Int, _ last: Step?) -> Void
  ) throws {
    let view = try repository.ledger.view()
    var parent = try view.headCommit()
    let head = try view.commit(parent)
    var history = try EditingHistory(leadingTo: [parent], in: view)
    var state = try history.state(at: head)
    var weights = try repository.materializer.weights(at: head)
    let batches = (records.count + batchSize - 1) / batchSize
    progress(0, nil)
    for batch in 0..<batches {
      try Task.checkCancellation()
      let start = ContinuousClock.now
      let slice = records[batch * batchSize..<min(records.count, (batch + 1) * batchSize)]
      let outcome = try editor.edit(
        try slice.map(tokenized), decoder: session.base, weights: weights, state: state)
      parent = try commit(
        outcome, of: slice, on: parent, message: message(batch + 1, batches, slice))
      // A batch that appended no delta has no place in the chain that later states are folded over.
      if !outcome.updates.isEmpty { state.statistics.merge(outcome.contribution) }
      weights = outcome.weights
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      progress(
        slice.endIndex,
        Step(commit: parent, outcome: outcome, records: slice, seconds: seconds))
    }
  }

  private func commit(
    _ outcome: EditOutcome, of records: ArraySlice<EditRecord>, on parent: CommitID,
    message: String
  ) throws -> CommitID {
    let store = repository.store
    // A batch that the model knew already changes nothing.
    let deltas =
      outcome.updates.isEmpty ? [] : [try store.storeDelta(outcome.updates, for: session.model)]
    var attachments = attachments
    attachments[EditingHistory.statisticsName] = try store.storeAttachment(
      kind: EditingHistory.statisticsName, files: outcome.contribution.encodedFiles)
    var digests: [String: StateDigest] = [:]
    for name in outcome.weights.editedNames {
      guard let buffer = outcome.weights.editedBuffer(named: name) else { continue }
      digests[name] = StateDigest(contentDigest(of: buffer.bytes))
    }
    return try repository.ledger.commit(
      CommitDraft(
        deltas: deltas, operation: .edit, message: message, edits: Array(records),
        recipe: editor.recipe, attachments: attachments, metrics: outcome.metrics,
        stateDigests: digests, parent: parent),
      repository.context())
  }

  private func tokenized(_ record: EditRecord) throws -> TokenizedEdit {
    try TokenizedEdit(record, encode: session.encode)
  }
}

extension TokenizedEdit {
  /// - Throws: `EditingError.emptyPrompt`, `EditingError.emptyTarget`.
  init(_ record: EditRecord, encode: (String) -> [Int]) throws {
    let (prompt, target) = (encode(record.prompt), encode(record.target))
    guard !prompt.isEmpty else { throw EditingError.emptyPrompt(record.prompt) }
    guard !target.isEmpty else { throw EditingError.emptyTarget(prompt: record.prompt) }
    self.init(prompt: prompt, target: target)
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
