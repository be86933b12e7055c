import ObjectModel

/// The facts that are edited in at a commit, each with its last target, in the order in which they were
/// first edited in along the chain.
struct ActiveFacts {
  private(set) var records: [EditRecord] = []
  /// Batches that they are from.
  private(set) var batches = 0
  private var places: [Fact: Int] = [:]

  /// - Throws: `ObjectStoreError`.
  init(_ history: HistoryEdits, at commit: Commit) throws {
    for batch in try history.active(at: commit) { take(history.records[batch.records]) }
  }

  /// Takes in a later batch.
  mutating func take(_ batch: ArraySlice<EditRecord>) {
    batches += 1
    for record in batch {
      let fact = Fact(record)
      if let place = places[fact] {
        records[place] = record
      } else {
        places[fact] = records.count
        records.append(record)
      }
    }
  }
}
