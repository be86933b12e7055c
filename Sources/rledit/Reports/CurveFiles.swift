import ModelFiles

/// The files that a curve is written to. Each appears complete or not at all, and none does before
/// all of them are written.
struct CurveFiles {
  private let json: AtomicFile
  private let table: AtomicFile
  private let plot: AtomicFile

  /// Begins the files `prefix.json`, `prefix.csv` and `prefix.svg`. They are given up with this.
  ///
  /// - Throws: `ModelFileError.inputOutput`.
  init(prefix: String) throws {
    json = try AtomicFile(path: "\(prefix).json")
    table = try AtomicFile(path: "\(prefix).csv")
    plot = try AtomicFile(path: "\(prefix).svg")
  }

  /// - Throws: `ModelFileError.inputOutput`.
  func write(_ report: CurveReport) throws {
    let contents = [
      (json, try jsonText(report) + "\n"), (table, CurveTable(report).text),
      (plot, CurvePlot(report).text),
    ]
    for (file, text) in contents {
      try Array(text.utf8).withUnsafeBytes { try file.append($0) }
    }
    for (file, _) in contents { try file.finish() }
  }
}
