/// Names that someone may have meant.
package enum Suggestions {
  private static let count = 3

  /// The names among `names` that are at most a third of their length away from `text`, the nearest
  /// first.
  ///
  /// - Complexity: O(names · length²).
  package static func likeliest(for text: String, among names: [String]) -> [String] {
    names.map { (name: $0, distance: distance(text, $0)) }
      .filter { $0.distance <= max(1, max(text.count, $0.name.count) / 3) }
      .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
      .prefix(count).map(\.name)
  }

  /// The least number of characters inserted, removed, changed or swapped with their neighbour
  /// (optimal string alignment).
  private static func distance(_ first: String, _ second: String) -> Int {
    let (first, second) = (Array(first), Array(second))
    // The rows of the table for two characters before, one before, and up to this one of `first`.
    var (older, former) = ([Int](), Array(0...second.count))
    for row in first.indices {
      var current = [row + 1]
      for column in second.indices {
        let changed = former[column] + (first[row] == second[column] ? 0 : 1)
        var best = min(changed, former[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
          best = min(best, older[column - 1] + 1)
        }
        current.append(best)
      }
      (older, former) = (former, current)
    }
    return former[second.count]
  }
}
