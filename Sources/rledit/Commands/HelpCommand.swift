import ArgumentParser

/// `rledit help`
struct HelpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "help",
    abstract: "Explain a verb, or the exit codes: 'rledit help exit-codes'.")

  @Argument(help: .init("A verb, or exit-codes.", valueName: "topic"))
  var topic: [String] = []

  func run() throws {
    let text: String
    if topic.isEmpty {
      text = Rledit.helpMessage()
    } else if topic == [HelpTopics.exitCodes] {
      text = HelpTopics.exitCodeTable
    } else if let verb = HelpTopics.verb(topic) {
      text = Rledit.helpMessage(for: verb)
    } else {
      let name = topic.joined(separator: " ")
      throw CommandError.unknownTopic(name, suggestions: HelpTopics.similar(to: name))
    }
    try StandardOutput.shared.write(text + "\n")
  }
}

/// What there is help on.
enum HelpTopics {
  static let exitCodes = "exit-codes"

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

  /// Verbs that begin like `text`, or have all its letters but one.
  static func similar(to text: String) -> [String] {
    verbs.filter { verb in
      verb.hasPrefix(text.prefix(3)) || text.hasPrefix(verb)
        || (text.count > 2 && verb.sorted() == text.sorted())
    }
  }

  private static func name(_ verb: any ParsableCommand.Type) -> String {
    verb.configuration.commandName ?? verb._commandName
  }
}
