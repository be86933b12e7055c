import Foundation

/// A way to name a commit, as written by the user: a base and steps from it.
///
///     HEAD  @  main  v1  refs/heads/main  1a2b3c4d      base
///     main~3  HEAD^2  v1~2^2~1                          steps to parents
///     @{2}  main@{1}  HEAD@{1}                          past values
///     @{-1}                                             where HEAD was before
///     @{upstream}  main@{u}                             what another store has for it
///     :/text                                            newest commit whose message has the text
struct Revision {
  enum Base: Equatable {
    /// `HEAD`, a branch, a tag, a full reference name or the beginning of an identifier.
    case name(String)
    /// The value of a reference `count` changes ago; of the current branch where `name` is `nil`.
    case past(name: String?, count: Int)
    /// Where `HEAD` was, so many places ago.
    case previous(count: Int)
    /// Where another store has a branch; the current one where `name` is `nil`.
    case upstream(name: String?)
    /// The newest commit whose message contains the text.
    case message(String)
  }

  enum Step: Equatable {
    /// `~n`: n times the first parent.
    case ancestor(Int)
    /// `^n`: the n-th parent; `^0` is the commit itself.
    case parent(Int)
  }

  let text: String
  let base: Base
  let steps: [Step]

  /// Reads the form; whether the names mean anything is another matter.
  ///
  /// - Throws: ``LedgerError/invalidRevision(text:reason:)``.
  init(_ text: String) throws {
    self.text = text
    if text.hasPrefix(":/") {
      let wanted = String(text.dropFirst(2))
      guard !wanted.isEmpty else {
        throw LedgerError.invalidRevision(text: text, reason: "no text after \":/\"")
      }
      base = .message(wanted)
      steps = []
      return
    }
    let baseEnd = text.firstIndex { $0 == "~" || $0 == "^" } ?? text.endIndex
    base = try Self.base(String(text[..<baseEnd]), of: text)
    steps = try Self.steps(text[baseEnd...], of: text)
  }

  private static func base(_ base: String, of text: String) throws -> Base {
    if let mark = base.range(of: "@{") {
      let name = mark.lowerBound == base.startIndex ? nil : String(base[..<mark.lowerBound])
      let content = base[mark.upperBound...].dropLast()
      if base.hasSuffix("}") {
        if ["u", "upstream"].contains(content.lowercased()) { return .upstream(name: name) }
        if name == nil, content.hasPrefix("-"), let count = number(content.dropFirst()), count > 0 {
          return .previous(count: count)
        }
        if let count = number(content) { return .past(name: name, count: count) }
      }
      throw LedgerError.invalidRevision(text: text, reason: "no number in \"@{…}\"")
    }
    guard !base.isEmpty else {
      throw LedgerError.invalidRevision(text: text, reason: "it names no commit")
    }
    return .name(base == "@" ? "HEAD" : base)
  }

  private static func steps(_ rest: Substring, of text: String) throws -> [Step] {
    var steps: [Step] = []
    var rest = rest
    while let mark = rest.popFirst() {
      guard mark == "~" || mark == "^" else {
        throw LedgerError.invalidRevision(text: text, reason: "\"\(mark)\" is not a step")
      }
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let count: Int
      if digits.isEmpty {
        count = 1
      } else if let given = number(digits) {
        count = given
      } else {
        throw LedgerError.invalidRevision(text: text, reason: "\(digits) is too large")
      }
      steps.append(mark == "~" ? .ancestor(count) : .parent(count))
    }
    return steps
  }

  private static func number(_ digits: Substring) -> Int? {
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return Int(digits)
  }
}
