package import ModelFiles

/// Why a file of edit records cannot be used.
///
/// Every case names the file as its path was given, and where in it the fault lies, so that one line
/// tells a person what to mend.
package enum FactsError: Error, Equatable, Sendable {
  /// No file has that path.
  case fileMissing(path: String)
  /// The operating system refused to open or read the file; a directory ends here too.
  case inputOutput(path: String, errno: Int32)
  /// A line or element has more bytes than a record can sensibly need.
  case recordTooLong(path: String, place: FactsPlace, limit: Int)
  /// The line holds bytes that are not UTF-8.
  case notUTF8(path: String, line: Int)
  /// The text is not strict JSON. `line` counts from 1 in the file, `column` from 1 in bytes of that
  /// line: the byte at which `fault` was noticed. In an array, `element` is the one that was being
  /// read; behind the array and in JSON lines there is none.
  case notJSON(path: String, line: Int, column: Int, element: Int?, fault: JSONFault)
  /// The value at that place is not an object.
  case notARecord(path: String, place: FactsPlace)
  /// The record lacks a field that it must have; `field` is written as in `locality[0].target`.
  case missingField(path: String, place: FactsPlace, field: String)
  /// The field holds another kind of value than `expected` says.
  case wrongKind(path: String, place: FactsPlace, field: String, expected: String)
  /// The field holds nothing, or only white space.
  case emptyField(path: String, place: FactsPlace, field: String)
  /// The file is well formed and holds no record that asks for an answer.
  case noRecords(path: String)
  /// Records on one fact have different targets: these two and, with them, `count` pairs.
  case conflict(path: String, earlier: FactsPlace, later: FactsPlace, count: Int)
}

/// Where a record stands in its file, counted from 1.
package enum FactsPlace: Hashable, Sendable {
  /// In a file of JSON lines: the line, blank ones counted.
  case line(Int)
  /// In a JSON array: the element.
  case element(Int)
}
