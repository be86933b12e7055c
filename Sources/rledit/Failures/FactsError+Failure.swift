import Editing
import Glibc

extension FactsError: FailureConvertible {
  private static let formHint =
    "a record looks like {\"prompt\": \"…\", \"subject\": \"…\", \"target\": \"…\"}, or as CounterFact, "
    + "zsRE, FEVER or EasyEdit publish theirs; see section 14.1 of SPEC.md"

  var failure: Failure {
    switch self {
    case .fileMissing(let path):
      Wording.inputOutput(ENOENT, path: path)
    case .inputOutput(let path, let errno):
      Wording.inputOutput(errno, path: path)
    case .recordTooLong(let path, let place, let limit):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)), \(place.wording): longer than \(Quantity.bytes(limit))",
        hint: "give one record a line, or records in an array")
    case .notUTF8(let path, let line):
      Failure(
        .malformedInput, "\(Wording.quoted(path)), line \(line): not UTF-8",
        hint: "save the file as UTF-8")
    case .notJSON(let path, let line, let column, let element, let fault):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)), line \(line), column \(column)"
          + "\(element.map { " (\(FactsPlace.element($0).wording))" } ?? ""): \(fault.wording)",
        hint: Self.formHint)
    case .notARecord(let path, let place):
      Failure(
        .malformedInput, "\(Wording.quoted(path)), \(place.wording): not an object",
        hint: Self.formHint)
    case .missingField(let path, let place, let field):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)), \(place.wording): no field \(Wording.quoted(field))",
        hint: Self.formHint)
    case .wrongKind(let path, let place, let field, let expected):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)), \(place.wording): \(Wording.quoted(field)) is not \(expected)",
        hint: Self.formHint)
    case .emptyField(let path, let place, let field):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)), \(place.wording): \(Wording.quoted(field)) is empty",
        hint: Self.formHint)
    case .noRecords(let path):
      Failure(
        .malformedInput, "\(Wording.quoted(path)) holds no edit records", hint: Self.formHint)
    case .conflict(let path, let earlier, let later, let count):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)), \(later.wording): edits what \(earlier.wording) edits, to another "
          + "target\(count == 1 ? "" : " (\(count) such pairs in all)")",
        hint: "take one of the two out, or let them pass with --conflicts warn; nothing was edited")
    }
  }
}

extension FactsPlace {
  /// `line 3` or `element 3`.
  var wording: String {
    switch self {
    case .line(let line): "line \(line)"
    case .element(let element): "element \(element)"
    }
  }
}
