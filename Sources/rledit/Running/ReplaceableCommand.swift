/// A program that users may put another command line in the place of, for a shell to run.
struct ReplaceableCommand {
  let program: String
  /// The environment variable that names the other one.
  let variable: String

  static let ssh = ReplaceableCommand(program: "ssh", variable: "RLEDIT_SSH")
  static let rclone = ReplaceableCommand(program: "rclone", variable: "RLEDIT_RCLONE")

  /// What to run for these arguments; none of them is looked at by a shell.
  func words(_ arguments: [String]) -> [String] {
    guard let command = Environment.value(variable) else { return [program] + arguments }
    return ["/bin/sh", "-c", command + " \"$@\"", command] + arguments
  }
}
