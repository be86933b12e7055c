import ModelFiles

/// The files that a curve is written to. Each appears complete or not at all, and none does before
/// all of them are written.
struct CurveFiles {
  private let json: AtomicFile
  private let table: AtomicFile
  private let plot: AtomicFile

  /// Begins the files `prefix.json`, `prefix.csv` and `prefix.svg`. They are given up with this.
  ///
  /// - Parameter inputs: files that are read, and so must not be replaced.
  /// - Throws: ``CommandError/usage(_:hint:)`` where one of them would be, or something that is no file;
  ///   `ModelFileError.inputOutput`.
  init(prefix: String, besides inputs: [String]) throws {
    guard !prefix.isEmpty, !prefix.hasSuffix("/") else {
      throw CommandError.usage(
        "--out \(Wording.quoted(prefix)) names no file", hint: "give what the names begin with")
    }
    let read = inputs.compactMap { FileStatus(path: $0)?.identity }
    func file(_ kind: String) throws -> AtomicFile {
      let path = "\(prefix).\(kind)"
      if let there = FileStatus(path: path) {
        guard !read.contains(there.identity) else {
          throw CommandError.usage(
            "--out would replace \(Wording.quoted(path)), which is read",
            hint: "choose another prefix")
        }
        guard there.isRegularFile else {
          throw CommandError.usage(
            "\(Wording.quoted(path)) is there and is no file", hint: "choose another prefix")
        }
      }
      return try AtomicFile(path: path)
    }
    json = try file("json")
    table = try file("csv")
    plot = try file("svg")
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
