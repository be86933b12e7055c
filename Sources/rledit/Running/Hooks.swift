import Foundation
import Glibc
import Ledger
import ObjectModel

/// Programs of the user's that are run at certain moments: files in the store's folder `hooks`. They stay
/// with this store: neither a clone nor a bundle brings any.
struct Hooks: CommitGate {
  enum Name: String {
    case preCommit = "pre-commit"
    case postCommit = "post-commit"
    case prePush = "pre-push"
  }

  /// The store's directory.
  let store: String
  private var directory: String { store + "/hooks" }

  var isWanted: Bool { isThere("\(directory)/\(Name.preCommit.rawValue)") }

  /// A link that leads nowhere is a hook that cannot be run, and not none: nobody would notice a gate that
  /// has gone.
  private func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  func admit(_ commit: CommitID, _ content: Commit) throws {
    try run(.preCommit, variables(commit, content)) {
      CommandError.hookRefused(name: Name.preCommit.rawValue, status: $0, commit: commit)
    }
  }

  func recorded(_ commit: CommitID, _ content: Commit) {
    // The commit is made, so that nothing that goes wrong here may fail the command.
    do {
      try run(.postCommit, variables(commit, content)) {
        CommandError.hookRefused(name: Name.postCommit.rawValue, status: $0, commit: commit)
      }
    } catch {
      FileHandle.standardError.write(
        Data("rledit: warning: the hook post-commit failed; the commit stands\n".utf8))
    }
  }

  /// Asks before references move in another store.
  ///
  /// - Throws: ``CommandError/hookRefused(name:status:commit:)``.
  func admitPush(to remote: String, _ references: [(name: String, new: String, old: String?)])
    throws
  {
    let lines = references.map { "\($0.name) \($0.new) \($0.old ?? "-")" }
    try run(
      .prePush, ["RLEDIT_REMOTE": remote, "RLEDIT_REFERENCES": lines.joined(separator: "\n")]
    ) { CommandError.hookRefused(name: Name.prePush.rawValue, status: $0, commit: nil) }
  }

  private func variables(_ commit: CommitID, _ content: Commit) -> [String: String] {
    [
      "RLEDIT_COMMIT": commit.hex, "RLEDIT_PARENT": content.parents.first?.hex ?? "",
      "RLEDIT_OPERATION": content.operation.word,
    ]
  }

  private func run(
    _ name: Name, _ variables: [String: String], refusal: (Int32) -> CommandError
  ) throws {
    let path = "\(directory)/\(name.rawValue)"
    guard isThere(path) else { return }
    guard access(path, X_OK) == 0 else { throw CommandError.hookNotExecutable(path: path) }
    let absolute = URL(fileURLWithPath: store).standardizedFileURL.path
    let ending: ExternalCommand.Ending
    do {
      ending = try ExternalCommand.run(
        path, variables: variables.merging(["RLEDIT_STORE": absolute]) { $1 })
    } catch let error as CancellationError {
      throw error
    } catch {
      throw CommandError.hookNotExecutable(path: path)
    }
    guard ending.isExit, ending.status == 0 else { throw refusal(ending.status) }
  }
}
