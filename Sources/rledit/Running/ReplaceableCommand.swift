/// A program that users may put another command line in the place of, for a shell to run.
struct ReplaceableCommand {
  let program: String
  /// The environment variable that names the other one.
  let variable: String

  static let ssh = ReplaceableCommand(program: "ssh", variable: "RLEDIT_SSH")
  static let rclone = ReplaceableCommand(program: "rclone", variable: "RLEDIT_RCLONE")

  /// How the user calls it.
  var name: String { Environment.value(variable) ?? program }

  /// Whether the first word of what the user put in its place is no program here. The shell that runs it
  /// ends as one elsewhere would that finds no `rledit`.
  var isMissing: Bool {
    guard let word = Environment.value(variable)?.split(whereSeparator: \.isWhitespace).first,
      !word.contains(where: { Self.shellSyntax.contains($0) })
    else { return false }
    let ending = try? ExternalCommand.run(
      "/bin/sh", ["-c", "command -v \"$0\" >/dev/null 2>&1", String(word)], variables: [:])
    return ending.map { $0.isExit && $0.status != 0 } ?? false
  }

  /// What stands for something else in a word, or for more than a program.
  private static let shellSyntax: Set<Character> = Set("=$\"'`\\()&;|<>*?[]{}~#!")

  /// What to run for these arguments; none of them is looked at by a shell.
  func words(_ arguments: [String]) -> [String] {
    guard let command = Environment.value(variable) else { return [program] + arguments }
    return ["/bin/sh", "-c", command + " \"$@\"", command] + arguments
  }
}
