/// Columns of text under headings.
struct Table {
  let header: [String]
  let rows: [[String]]
  /// For each column, whether its cells stand at the left.
  let alignsLeft: [Bool]

  func lines(on terminal: Terminal) -> [String] {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      cells.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - cells[column].count)
        guard alignsLeft[column] else { return padding + cells[column] }
        return column == cells.count - 1 ? cells[column] : cells[column] + padding
      }.joined(separator: "  ").trimmingTrailingSpaces
    }
    return [terminal.styled(line(header), .faint)] + rows.map(line)
  }
}

extension String {
  var trimmingTrailingSpaces: String {
    String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
  }
}
