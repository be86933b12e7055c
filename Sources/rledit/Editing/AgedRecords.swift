import ObjectModel

/// Active records with their ages. Of several about one fact the last holds, and it alone is among them.
struct AgedRecords {
  /// Numbers of records, ascending.
  private(set) var numbers: [Int] = []
  /// For each of them, the batches that were edited in after its own.
  private(set) var ages: [Int] = []
  /// Active records whose fact a later one has edited again.
  private(set) var replaced = 0

  /// - Parameters:
  ///   - batches: in the order in which they are applied.
  ///   - records: what their numbers stand for.
  init(_ batches: [HistoryEdits.Batch], of records: [EditRecord]) {
    var latest: [Fact: (number: Int, age: Int)] = [:]
    for (place, batch) in batches.enumerated() {
      for number in batch.records {
        let last = (number, batches.count - 1 - place)
        if latest.updateValue(last, forKey: Fact(records[number])) != nil { replaced += 1 }
      }
    }
    let aged = latest.values.sorted { $0.number < $1.number }
    numbers = aged.map(\.number)
    ages = aged.map(\.age)
  }

  /// Those whose numbers are among `chosen`.
  func keeping(_ chosen: [Int]) -> AgedRecords {
    let chosen = Set(chosen)
    var kept = self
    let places = numbers.indices.filter { chosen.contains(numbers[$0]) }
    kept.numbers = places.map { numbers[$0] }
    kept.ages = places.map { ages[$0] }
    return kept
  }
}
