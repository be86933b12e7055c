/// Token sequences packed one behind the other, without padding.
package struct TokenBatch: Sendable, Equatable {
  package let tokens: [Int]
  package let lengths: [Int]

  package init(_ sequences: [[Int]]) {
    tokens = sequences.flatMap { $0 }
    lengths = sequences.map(\.count)
  }

  /// The position of every row within its sequence.
  package var positions: [Int] {
    lengths.flatMap { 0..<$0 }
  }

  /// The row of the first token of each sequence.
  package var starts: [Int] {
    var next = 0
    return lengths.map { length in
      defer { next += length }
      return next
    }
  }

  /// Of every sequence that has one of the chosen rows, the rows from the first of them on, ascending.
  package func rows(fromEarliestOf chosen: [Int]) -> [Int] {
    let chosen = Set(chosen)
    return zip(starts, lengths).flatMap { start, length in
      let sequence = start..<start + length
      return Array(
        (sequence.first { chosen.contains($0) } ?? sequence.upperBound)..<sequence.upperBound)
    }
  }

  /// Of the chosen rows, those of sequences that have one of `others`.
  func rows(_ chosen: [Int], ofSequencesWith others: [Int]) -> [Int] {
    let others = Set(others)
    var sequenceOfRow: [Int] = []
    for (sequence, length) in lengths.enumerated() {
      sequenceOfRow += [Int](repeating: sequence, count: length)
    }
    let sequences = Set(others.map { sequenceOfRow[$0] })
    return chosen.filter { sequences.contains(sequenceOfRow[$0]) }
  }
}
