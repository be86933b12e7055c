import Ledger
import ObjectModel

/// The lines of `log --graph` beside a commit: `LogGraph` in characters, two to a column.
struct GraphLines {
  /// Beside the commit's first line.
  let first: String
  /// Beside its other lines.
  let rest: String
  /// Below it, where lines change columns: `|/` and the like.
  let connection: String?

  init(_ row: LogGraph.Row) {
    let width = max(row.above.count, row.below.count, row.column + 1)
    func bars(_ columns: [CommitID?]) -> [Character] {
      (0..<width).flatMap { index -> [Character] in
        [index < columns.count && columns[index] != nil ? "|" : " ", " "]
      }
    }
    var first = bars(row.above)
    first[2 * row.column] = "*"
    self.first = String(first)

    // Until the connection is drawn, a line stays in the column it came in.
    var rest = bars(row.above)
    let moved = row.parents.filter { $0 != row.column }
    var connection = bars(row.below)
    connection[2 * row.column] = row.parents.contains(row.column) ? "|" : " "
    for parent in moved {
      let (low, high) = (min(parent, row.column), max(parent, row.column))
      let isNew = parent >= row.above.count || row.above[parent] == nil
      // A new column is reached by the stroke itself.
      if isNew { connection[2 * parent] = " " }
      for index in (2 * low + 1)..<(2 * high) where connection[index] == " " {
        connection[index] = "_"
      }
      connection[2 * high - 1] = parent < row.column ? "/" : "\\"
    }
    if row.parents.isEmpty { rest[2 * row.column] = " " }
    self.rest = String(rest)
    self.connection = moved.isEmpty ? nil : String(connection)
  }
}
