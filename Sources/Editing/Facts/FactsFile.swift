package import ObjectModel

/// The edit records of a file.
///
/// Three forms are told apart by looking: JSON lines, one record each; a JSON array of the same
/// records; and a JSON array (or lines) of CounterFact records in their flat form. See
/// ``EditRecordForm`` for the fields of each.
package struct FactsFile: Sendable {
  /// One record, and what the file says of it beyond what an ``EditRecord`` keeps.
  package struct Entry: Hashable, Sendable {
    package let record: EditRecord
    /// The kind of fact (`capital`, `author`), where the file says it.
    package let relation: String?
    package let place: FactsPlace

    package init(record: EditRecord, relation: String?, place: FactsPlace) {
      self.record = record
      self.relation = relation
      self.place = place
    }
  }

  /// The path as it was given.
  package let path: String
  /// The records in the order of the file; at least one.
  package let entries: [Entry]

  /// The records in the order of the file.
  package var records: [EditRecord] { entries.map(\.record) }

  /// Reads the records of a file, or of a pipe.
  ///
  /// Every record comes out with single spaces where prompt and answer meet: the prompt loses
  /// spaces at its end and the target gets exactly one at its start, since that is how the
  /// tokenizers of most models cut running text.
  ///
  /// - Parameter limit: The number of records to take from the start, at least 1; lines after them
  ///   are not looked at. `nil` takes all.
  /// - Throws: ``FactsError``, at the first fault.
  /// - Complexity: O(*n*) in the number of bytes.
  package static func load(path: String, limit: Int? = nil) throws -> FactsFile {
    let values = try FactsText(path: path).values(limit: limit.map { max($0, 1) })
    guard !values.isEmpty else { throw FactsError.noRecords(path: path) }
    return FactsFile(
      path: path,
      entries: try values.map { place, value in
        try EditRecordForm(path: path, place: place, value: value).entry()
      })
  }
}
