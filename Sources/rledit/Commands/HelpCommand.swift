import ArgumentParser

/// `rledit help`
struct HelpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "help",
    abstract: "Explain a verb, revisions, the editing methods or the exit codes.",
    discussion: """
      'rledit help revisions', 'rledit help methods' and 'rledit help exit-codes' explain what is no verb.
      """)

  @Argument(help: .init("A verb, revisions, methods or exit-codes.", valueName: "topic"))
  var topic: [String] = []

  func run() throws {
    let text: String
    if topic.isEmpty {
      text = Rledit.helpMessage()
    } else if topic == [HelpTopics.exitCodes] {
      text = HelpTopics.exitCodeTable
    } else if topic == [HelpTopics.methods] {
      text = HelpTopics.methodTable
    } else if topic == [HelpTopics.revisions] {
      text = HelpTopics.revisionTable
    } else if let verb = HelpTopics.verb(topic) {
      text = Rledit.helpMessage(for: verb)
    } else {
      let name = topic.joined(separator: " ")
      throw CommandError.unknownTopic(name, suggestions: HelpTopics.similar(to: name))
    }
    try StandardOutput.shared.write(text + "\n")
  }
}
