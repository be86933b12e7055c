package import LanguageModel
package import ModelStore
import Tensors

/// What the reward of a batch is measured on: its rephrasings and unrelated prompts, packed into one
/// pass, with what reaches the lowest edited layer computed once.
package struct RewardProbes: Sendable {
  /// Answers whose losses are averaged together: the rows that they are scored at, counted among the
  /// scored rows.
  struct Group: Sendable {
    let rephrasings: Range<Int>
    let unrelated: Range<Int>
  }

  let labelled: LabelledBatch
  let groups: [Group]
  private let input: Matrix
  private let places: [ProjectionPlace]
  /// The logits that unrelated answers are to keep, by group: `rows×V`.
  private(set) var references: [Matrix] = []

  /// - Parameter groups: the batch's records in mini-batches, whose losses are summed.
  /// - Throws: the errors of the model.
  package init(
    _ groups: [[TrainingRecord]], decoder: Decoder, weights: EditedWeights,
    places: [ProjectionPlace]
  ) throws {
    var sequences: [LabelledSequence] = []
    var next = 0
    self.groups = groups.map { records in
      func rows(_ added: [LabelledSequence]) -> Range<Int> {
        sequences += added
        let first = next
        next += added.reduce(0) { $0 + $1.scoredCount }
        return first..<next
      }
      let rephrasings = rows(records.flatMap(\.rephrasings))
      return Group(rephrasings: rephrasings, unrelated: rows(records.flatMap(\.unrelated)))
    }
    labelled = LabelledBatch(sequences)
    self.places = places
    input =
      sequences.isEmpty
      ? Matrix(rows: 0, columns: decoder.shape.hidden)
      : try decoder.over(weights).residualStream(labelled.batch, reaching: places)
  }

  var isEmpty: Bool { labelled.rows.isEmpty }

  /// Runs the probes at some weights, recording for signals.
  func run(_ model: Decoder) throws -> ScoredPass {
    try model.score(labelled, signalsAt: places, input: input)
  }

  /// The logits of a pass at the unrelated answers, by group.
  func unrelatedLogits(of pass: ScoredPass) -> [Matrix] {
    groups.map { pass.logits.gathering(rows: Array($0.unrelated)) }
  }

  /// Takes logits as those that unrelated answers are to keep.
  mutating func keep(_ logits: [Matrix]) { references = logits }
}
