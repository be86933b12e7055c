import ArgumentParser
import Ledger

/// What there is help on.
enum HelpTopics {
  static let exitCodes = "exit-codes"
  static let methods = "methods"
  static let revisions = "revisions"

  static var verbs: [String] { Rledit.configuration.subcommands.map { name($0) } }

  /// The exit codes, as a table.
  static var exitCodeTable: String {
    let lines = ExitStatus.allCases.map { status in
      let code = String(status.rawValue)
      return "  " + String(repeating: " ", count: 3 - code.count) + code + "  " + status.meaning
    }
    return "Exit codes of rledit:\n" + lines.joined(separator: "\n")
  }

  /// The verb, or the verb below a verb, of these names.
  static func verb(_ names: [String]) -> (any ParsableCommand.Type)? {
    var found: any ParsableCommand.Type = Rledit.self
    for name in names {
      guard
        let next = found.configuration.subcommands.first(where: { Self.name($0) == name })
      else { return nil }
      found = next
    }
    return found
  }

  /// Verbs that `text` may have meant.
  static func similar(to text: String) -> [String] {
    Suggestions.likeliest(for: text, among: verbs + [exitCodes, methods, revisions])
  }

  private static func name(_ verb: any ParsableCommand.Type) -> String {
    verb.configuration.commandName ?? verb._commandName
  }
}
