import Glibc
import ObjectModel
import SystemPackage

/// Pieces of sentences that several errors share.
enum Wording {
  /// What to do about a store whose database pages are broken: no check can read them.
  static let brokenPagesHint = "bring the store back from a copy; nothing was written now"

  /// A name between quotation marks, on one line and in printable characters whatever is in it: names
  /// from foreign files must not write to the terminal.
  static func quoted(_ text: String) -> String {
    "\"" + plain(text, escaping: ["\"", "\\"]) + "\""
  }

  /// The same of a text that may be a whole passage, of which the beginning is enough.
  static func shortened(_ text: some StringProtocol) -> String {
    quoted(text.count > 60 ? text.prefix(59) + "…" : String(text))
  }

  /// A text on one line and in printable characters, without quotation marks.
  static func plain(_ text: String, escaping escaped: [Unicode.Scalar] = []) -> String {
    var plain = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case _ where escaped.contains(scalar): plain += "\\\(scalar)"
      case "\n": plain += "\\n"
      case "\t": plain += "\\t"
      default:
        if scalar.properties.generalCategory == .control {
          plain += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
          plain.unicodeScalars.append(scalar)
        }
      }
    }
    return plain
  }

  /// A shape, as in `576×1536`.
  static func shape(_ shape: [Int]) -> String {
    shape.isEmpty ? "a scalar" : shape.map(String.init).joined(separator: "×")
  }

  /// The system's words for an error number.
  static func system(_ number: Int32) -> String {
    Errno(rawValue: number).description.lowercased()
  }

  /// A hint that offers what may have been meant, or `fallback`.
  static func didYouMean(_ suggestions: [String], else fallback: String) -> String {
    guard let last = suggestions.last else { return fallback }
    let head = suggestions.dropLast().map(quoted).joined(separator: ", ")
    return "did you mean " + (head.isEmpty ? "" : head + " or ") + quoted(last) + "?"
  }

  /// A failed system call on a path: a full disk has a code of its own.
  static func inputOutput(_ number: Int32, path: String) -> Failure {
    switch number {
    case ENOSPC, EDQUOT: diskFull(path: path)
    case ENOENT:
      Failure(
        .inputOutput, "cannot open \(quoted(path)): no such file or directory",
        hint: "check the path")
    case EACCES, EPERM:
      Failure(
        .inputOutput, "cannot open \(quoted(path)): \(system(number))",
        hint: "check the permissions of the file and of the directories above it")
    default:
      Failure(
        .inputOutput, "input/output error at \(quoted(path)): \(system(number))",
        hint: "check the path and the disk")
    }
  }

  static func diskFull(path: String) -> Failure {
    Failure(
      .diskFull, "no space left for \(quoted(path))",
      hint: "free some space and run the command again; commits already made stay")
  }

  /// What records are about, as in `Ann, Bob, Cid and 2 more`.
  static func subjects(of records: ArraySlice<EditRecord>) -> String {
    let first = records.prefix(3).map { $0.subject.isEmpty ? $0.prompt : $0.subject }
      .joined(separator: ", ")
    return records.count > 3 ? "\(first) and \(records.count - 3) more" : first
  }
}
