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
}
