import ModelFiles

/// Reads the edit records of a file or a pipe one after the other.
///
/// What is held of the file is one record and one chunk, whatever its size: JSON lines and a JSON
/// array of any length are read alike. ``EditRecordForm`` tells the forms that a record may have; each
/// record may have another.
///
/// Every record comes out with single spaces where prompt and answer meet: the prompt loses spaces at
/// its end and the target gets exactly one at its start, since that is how the tokenizers of most
/// models cut running text.
package final class FactsReader {
  /// The path as it was given.
  package let path: String
  /// The records so far that ask for no new answer; published files have some.
  package private(set) var passedOver: [FactsPlace] = []

  private var values: FactsValues
  private let source: String?

  /// The most bytes of the file that were held at once so far.
  package var mostHeld: Int { values.mostHeld }

  /// - Parameter chunkSize: The bytes to ask the system for at once.
  /// - Throws: ``FactsError/fileMissing(path:)`` or ``FactsError/inputOutput(path:errno:)``.
  package init(path: String, chunkSize: Int = 1 << 16) throws {
    self.path = path
    source = path.split(separator: "/").last.map(String.init)
    values = try FactsValues(path: path, chunkSize: chunkSize)
  }

  /// The next record, or `nil` at the end of the file.
  ///
  /// - Throws: ``FactsError`` at the first fault. Nothing can be read on after that.
  /// - Complexity: O(*n*) in the number of bytes of the record.
  package func next() throws -> FactsFile.Entry? {
    while let (place, value) = try values.next() {
      guard let object = value.objectValue else {
        throw FactsError.notARecord(path: path, place: place)
      }
      let fields = RecordFields(object: object, path: path, place: place)
      if let fact = try EditRecordForm.fact(fields) {
        return FactsFile.Entry(
          record: fact.record(from: source), relation: fact.relation, place: place)
      }
      passedOver.append(place)
    }
    return nil
  }
}
