import ObjectModel

/// Records for the tiny models, whose tokens are bytes.
enum OwnRecords {
  static let validation = ["ab cd", "xyz w", "one tw"].map { prompt in
    EditRecord(
      prompt: prompt, subject: String(prompt.prefix(2)), target: " z",
      rephrasings: ["so \(prompt)"],
      locality: [.init(prompt: "qrs \(prompt)", target: " t")])
  }
}
