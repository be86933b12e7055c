package import ObjectModel

/// The lines of a drawn history: which columns lines run in, and where each commit stands.
package struct LogGraph: Sendable {
  /// One commit's row.
  package struct Row: Hashable, Sendable {
    /// The column of the commit.
    package let column: Int
    /// What each column leads to, coming from above; `nil` where it is free.
    package let above: [CommitID?]
    /// The same, going on below. The commit's parents are among them.
    package let below: [CommitID?]
    /// The columns below of the commit's parents, first parent first.
    package let parents: [Int]
  }

  package let rows: [Row]

  /// The graph of entries in the order of ``LedgerView/log(from:excluding:)``.
  ///
  /// - Complexity: O(entries · columns).
  package init(_ entries: [LogEntry]) {
    let listed = Set(entries.map(\.id))
    var columns: [CommitID?] = []
    var rows: [Row] = []
    for entry in entries {
      let column = Self.place(entry.id, in: &columns)
      let above = columns
      // Every line that led here ends here.
      for index in columns.indices where columns[index] == entry.id { columns[index] = nil }
      var parents: [Int] = []
      for parent in entry.commit.parents where listed.contains(parent) {
        if let existing = columns.firstIndex(of: parent) {
          parents.append(existing)
        } else if parents.isEmpty {
          columns[column] = parent
          parents.append(column)
        } else {
          parents.append(Self.place(parent, in: &columns))
        }
      }
      while columns.last == .some(nil) { columns.removeLast() }
      rows.append(Row(column: column, above: above, below: columns, parents: parents))
    }
    self.rows = rows
  }

  private static func place(_ id: CommitID, in columns: inout [CommitID?]) -> Int {
    if let existing = columns.firstIndex(of: id) { return existing }
    if let free = columns.firstIndex(of: nil) {
      columns[free] = id
      return free
    }
    columns.append(id)
    return columns.count - 1
  }
}
