/// The command line as the operation log keeps it.
enum CommandText {
  /// The longest text kept; a shell allows megabytes.
  private static let limit = 4096

  /// The arguments behind the program's name, quoted where a shell would need it.
  static func text(of arguments: [String]) -> String {
    let text = (["rledit"] + arguments.map(quoted)).joined(separator: " ")
    guard text.count > limit else { return text }
    return text.prefix(limit) + "…"
  }

  private static func quoted(_ argument: String) -> String {
    let isPlain =
      !argument.isEmpty
      && argument.allSatisfy { $0.isLetter || $0.isNumber || "-_./:=~^@,+%{}".contains($0) }
    return isPlain ? argument : "'" + argument.replacing("'", with: #"'\''"#) + "'"
  }
}
