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
