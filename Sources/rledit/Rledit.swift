import ArgumentParser
import Glibc

/// The command `rledit`.
@main
struct Rledit: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "rledit",
    abstract: "Git for language-model edits.",
    discussion: """
      Every state of a model is its base weights and a chain of small deltas: edits are commits, and \
      any of them can be looked at, taken back to the bit, and derived again.
      """,
    version: version,
    groupedSubcommands: [
      CommandGroup(
        name: "Start", subcommands: [InitCommand.self, ImportCommand.self]),
      CommandGroup(
        name: "Change",
        subcommands: [
          EditCommand.self, TrainCommand.self, CovarianceCommand.self, CommitCommand.self,
        ]),
      CommandGroup(
        name: "Ask and measure",
        subcommands: [AskCommand.self, EvalCommand.self, CurveCommand.self]),
      CommandGroup(
        name: "Look",
        subcommands: [
          StatusCommand.self, LogCommand.self, ShowCommand.self, DiffCommand.self,
          StatCommand.self, BlameCommand.self, BisectCommand.self,
        ]),
      CommandGroup(
        name: "Move",
        subcommands: [
          BranchCommand.self, TagCommand.self, SwitchCommand.self, ResetCommand.self,
          RevertCommand.self, UndoCommand.self, RedoCommand.self, OperationCommand.self,
          ReflogCommand.self,
        ]),
      CommandGroup(
        name: "Combine",
        subcommands: [
          MergeCommand.self, CherryPickCommand.self, RebaseCommand.self, SquashCommand.self,
          CompressCommand.self,
        ]),
      CommandGroup(
        name: "Check and take out",
        subcommands: [
          ReplayCommand.self, VerifyCommand.self, FsckCommand.self, ExportCommand.self,
        ]),
      CommandGroup(name: "Vouch and note", subcommands: [KeyCommand.self, NoteCommand.self]),
      CommandGroup(
        name: "Keep small",
        subcommands: [
          CollectCommand.self, CompactCommand.self, SnapshotCommand.self, RelinkCommand.self,
        ]),
      CommandGroup(
        name: "Share",
        subcommands: [
          CloneCommand.self, RemoteCommand.self, FetchCommand.self, PullCommand.self,
          PushCommand.self, BundleCommand.self, ServeCommand.self,
        ]),
      CommandGroup(name: "Help", subcommands: [HelpCommand.self]),
    ])

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  /// Runs the command line of this process.
  static func main() async {
    let status = await Program.run(Array(CommandLine.arguments.dropFirst()))
    Glibc.exit(status.rawValue)
  }
}
