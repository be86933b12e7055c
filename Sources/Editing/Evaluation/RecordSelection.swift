package import ObjectModel

/// Which of many records are measured.
package struct RecordSelection: Sendable {
  /// Something of a record that a condition looks at.
  package enum Field: String, Sendable, CaseIterable {
    case prompt
    case subject
    case target
    case relation
    case source
    case id
  }

  /// That a field holds a text somewhere, letter for letter.
  package struct Condition: Sendable {
    package let field: Field
    package let text: String

    package init(field: Field, text: String) {
      self.field = field
      self.text = text
    }
  }

  /// All of them must hold.
  package var conditions: [Condition] = []
  /// The most records, drawn by lot.
  package var sample: Int?
  /// Which lots are drawn.
  package var seed: UInt64 = 0
  /// The most records, from the start, of those that are left.
  package var limit: Int?

  package init() {}

  /// Whether a record meets the conditions.
  ///
  /// - Parameter relation: the kind of fact; commits do not keep it.
  package func admits(_ record: EditRecord, relation: String?) -> Bool {
    conditions.allSatisfy { condition in
      let value =
        switch condition.field {
        case .prompt: record.prompt
        case .subject: record.subject
        case .target: record.target
        case .relation: relation ?? ""
        case .source: record.source ?? ""
        case .id: record.identifier ?? ""
        }
      return value.contains(condition.text)
    }
  }

  /// The records to measure, of those that the conditions leave: a sample, then the limit.
  ///
  /// Record `n` has the `n`-th number of the generator as its lot, and the least lots are drawn. So
  /// the same records are drawn everywhere, and when more come, those that stay are of the old ones.
  ///
  /// - Parameter candidates: numbers of records, ascending.
  /// - Returns: those chosen, ascending.
  package func chosen(from candidates: [Int]) -> [Int] {
    var chosen = candidates
    if let sample, let last = candidates.last, sample < candidates.count {
      var lots = RandomSource(seed: seed)
      let drawn = (0...last).map { _ in lots.next() }
      chosen = candidates.sorted { (drawn[$0], $0) < (drawn[$1], $1) }.prefix(sample).sorted()
    }
    return limit.map { Array(chosen.prefix($0)) } ?? chosen
  }
}
