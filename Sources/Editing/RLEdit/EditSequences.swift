package import LanguageModel
package import ModelStore
import Tensors

/// Where an editor takes signals.
package enum EditedRows: String, Sendable, CaseIterable {
  /// The rows that are scored, as MALMEN and RLEdit have it.
  case answer
  /// The row of the last token of what the fact is about, as ROME and MEMIT: other wordings share it,
  /// and other facts of the kind do not. The prompt's last row where the subject is not known.
  case subject
}

/// The sequences that one record is edited with: its prompt and target, and the target in contexts.
package struct RecordSequences: Sendable {
  /// A sequence, and the position of the subject's last token in it.
  package struct Member: Sendable {
    package let sequence: LabelledSequence
    package let subject: Int?

    package init(sequence: LabelledSequence, subject: Int?) {
      self.sequence = sequence
      self.subject = subject
    }
  }

  package let members: [Member]

  package init(_ members: [Member]) {
    self.members = members
  }

  /// The key of a text's first token is nearly the same in every text, whatever the token (it is where
  /// attention rests), so that an edit there would change all of them: a context that begins with a
  /// subject of one token is left out, and of a prompt that does, the second token is taken.
  package init(_ edit: TokenizedEdit) {
    func row(_ part: TokenizedEdit) -> Int {
      part.subject.map { $0.upperBound - 1 } ?? part.prompt.count - 1
    }
    let own = Member(
      sequence: edit.sequence, subject: min(max(1, row(edit)), edit.sequence.tokens.count - 1))
    members =
      [own]
      + edit.contexts.filter { row($0) > 0 }.map { Member(sequence: $0.sequence, subject: row($0)) }
  }
}

/// Records in groups, ready to be run again and again at weights that differ only from some layer on:
/// what reaches that layer is computed once.
package struct EditSequences: Sendable {
  /// Records that are run together.
  struct Group: Sendable {
    let labelled: LabelledBatch
    /// The residual stream that reaches the lowest layer.
    let input: Matrix
    /// The packed rows at which signals are taken.
    let editedRows: [Int]
    /// The record, counted over all groups, of each of them.
    let recordOfEditedRow: [Int]
    /// The record of each scored row.
    let recordOfScoredRow: [Int]
    /// The share of each scored row in its record's loss: the mean over the sequence's scored rows, and
    /// over the record's sequences.
    let shareOfScoredRow: [Double]
  }

  let groups: [Group]
  /// Where weights may differ and signals are taken; not empty.
  private let places: [ProjectionPlace]
  /// Records in all groups.
  let recordCount: Int

  /// - Throws: ``EditingError/emptyBatch`` for a group without records, and the errors of the model.
  package init(
    _ groups: [[RecordSequences]], rows: EditedRows, decoder: Decoder, weights: EditedWeights,
    places: [ProjectionPlace]
  ) throws {
    let model = decoder.over(weights)
    self.places = places
    recordCount = groups.reduce(0) { $0 + $1.count }
    var record = 0
    self.groups = try groups.map { records in
      guard !records.isEmpty else { throw EditingError.emptyBatch }
      let labelled = LabelledBatch(records.flatMap { $0.members.map(\.sequence) })
      var (edited, recordOfEdited): ([Int], [Int]) = (rows == .answer ? labelled.rows : [], [])
      var (recordOfScored, shares): ([Int], [Double]) = ([], [])
      var starts = labelled.batch.starts[...]
      for sequences in records {
        for member in sequences.members {
          let start = starts.removeFirst()
          let count = member.sequence.scoredCount
          if rows == .subject { edited.append(start + (member.subject ?? 0)) }
          recordOfEdited += [Int](repeating: record, count: rows == .answer ? count : 1)
          recordOfScored += [Int](repeating: record, count: count)
          shares += [Double](
            repeating: 1 / Double(max(1, count) * sequences.members.count), count: count)
        }
        record += 1
      }
      return Group(
        labelled: labelled,
        input: try model.residualStream(labelled.batch, reaching: places),
        editedRows: edited,
        recordOfEditedRow: recordOfEdited, recordOfScoredRow: recordOfScored,
        shareOfScoredRow: shares)
    }
  }

  /// Rows at which signals are taken, in all groups.
  package var editedRowCount: Int { groups.reduce(0) { $0 + $1.editedRows.count } }

  /// The record of each of them.
  var recordOfEditedRow: [Int] { groups.flatMap(\.recordOfEditedRow) }

  /// Runs every group from the lowest layer on, recording for signals.
  func score(_ model: Decoder) throws -> [ScoredPass] {
    try groups.map {
      try model.score($0.labelled, signalsAt: places, input: $0.input)
    }
  }

  /// The signals at the edited rows of every group.
  ///
  /// - Parameter weights: of each record's loss; `nil` takes the mean over a group's scored rows instead.
  func signals(
    of passes: [ScoredPass], model: Decoder, weights: [Double]?
  ) throws -> [[ProjectionPlace: ProjectionSignals]] {
    try zip(groups, passes).map { group, pass in
      let count = group.labelled.rows.count
      let rowWeights =
        weights.map { weights in
          (0..<count).map {
            Float(group.shareOfScoredRow[$0] * weights[group.recordOfScoredRow[$0]])
          }
        } ?? .init(repeating: 1 / Float(max(1, count)), count: count)
      return try model.signals(
        of: pass,
        dLogits: model.compute.crossEntropyGradient(
          pass.logits, targets: group.labelled.targets, weights: rowWeights), at: places,
        rows: .chosen(group.editedRows))
    }
  }

  /// The keys at the edited rows, by place: all groups', one below the other.
  func keys(of passes: [ScoredPass]) -> [KeyPlace: Matrix] {
    let places = Set(places.map(\.keyPlace))
    var keys: [KeyPlace: Matrix] = [:]
    for (group, pass) in zip(groups, passes) {
      for place in places {
        guard let record = pass.forward.records[place.layer] else { continue }
        let part = record.keys(at: place.input).gathering(rows: group.editedRows)
        keys[place] = keys[place]?.stacked(above: part) ?? part
      }
    }
    return keys
  }
}

/// How the model does on all groups of a batch.
struct EditScore {
  /// The mean over all scored tokens.
  let loss: Double
  /// The share of them that are the model's first choice.
  let efficacy: Double
  /// Each record's loss, and whether all of its scored tokens are first choices.
  let records: [(loss: Double, isPredicted: Bool)]

  init(_ passes: [ScoredPass], of sequences: EditSequences) {
    let losses = passes.flatMap(\.tokenLosses)
    let predicted = passes.flatMap(\.predicted)
    loss = losses.reduce(0, +) / Double(max(1, losses.count))
    efficacy = Double(predicted.count { $0 }) / Double(max(1, predicted.count))
    var records = [(loss: Double, isPredicted: Bool)](
      repeating: (0, true), count: sequences.recordCount)
    var next = 0
    for group in sequences.groups {
      for (record, share) in zip(group.recordOfScoredRow, group.shareOfScoredRow) {
        records[record].loss += share * losses[next]
        if !predicted[next] { records[record].isPredicted = false }
        next += 1
      }
    }
    self.records = records
  }
}

/// A batch as it was edited.
package struct EditTrace: Sendable {
  package let outcome: EditOutcome
  /// Those that made its factors, one an inner step; empty where they were not to be kept.
  package let passes: [RLEditPass]
  let steps: StepFactors

  /// The gradients with respect to the factors of an inner step, out of those with respect to the whole
  /// update's. The trace has to have its passes.
  func gradients(
    ofStep step: Int, in sums: FactorGradientSums
  ) -> [ProjectionPlace: FactorGradient] {
    var gradients: [ProjectionPlace: FactorGradient] = [:]
    for place in passes[step].factors.keys {
      gradients[place] = sums.gradient(at: place, ranks: steps.ranks(of: place, step: step))
    }
    return gradients
  }
}
