import Editing
import Glibc

extension FactsError: FailureConvertible {
  private static let formHint =
    "a record looks like {\"prompt\": \"…\", \"subject\": \"…\", \"target\": \"…\"}"

  var failure: Failure {
    switch self {
    case .fileMissing(let path):
      Wording.inputOutput(ENOENT, path: path)
    case .inputOutput(let path, let errno):
      Wording.inputOutput(errno, path: path)
    case .fileTooLarge(let path, let limit):
      Failure(
        .malformedInput, "\(Wording.quoted(path)) is larger than \(Quantity.bytes(limit))",
        hint: "split the file")
    case .lineTooLong(let path, let line, let limit):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)), line \(line): longer than \(Quantity.bytes(limit))",
        hint: "put one record on a line")
    case .notUTF8(let path, let line):
      Failure(
        .malformedInput, "\(Wording.quoted(path)), line \(line): not UTF-8",
        hint: "save the file as UTF-8")
    case .notJSON(let path, let line, let column, let fault):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)), line \(line), column \(column): \(fault.wording)",
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
    }
  }
}

extension FactsPlace {
  fileprivate var wording: String {
    switch self {
    case .line(let line): "line \(line)"
    case .element(let element): "element \(element)"
    }
  }
}
