package import ObjectModel

/// The edit records of a file, all of them in memory.
package struct FactsFile: Sendable {
  /// One record, and what the file says of it beyond what an ``EditRecord`` keeps.
  package struct Entry: Hashable, Sendable {
    package let record: EditRecord
    /// The kind of fact (`capital`, `P36`), where the file says it.
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
  /// The records between them that ask for no new answer.
  package let passedOver: [FactsPlace]

  /// The records in the order of the file.
  package var records: [EditRecord] { entries.map(\.record) }

  /// Reads the records of a file, or of a pipe, by a ``FactsReader``.
  ///
  /// - Parameter limit: The number of records to take from the start, at least 1; what comes after
  ///   them is not looked at. `nil` takes all.
  /// - Throws: ``FactsError``, at the first fault.
  /// - Complexity: O(*n*) in the number of bytes.
  package static func load(path: String, limit: Int? = nil) throws -> FactsFile {
    let reader = try FactsReader(path: path)
    var entries: [Entry] = []
    while entries.count < max(1, limit ?? .max), let entry = try reader.next() {
      entries.append(entry)
    }
    guard !entries.isEmpty else { throw FactsError.noRecords(path: path) }
    return FactsFile(path: path, entries: entries, passedOver: reader.passedOver)
  }
}
