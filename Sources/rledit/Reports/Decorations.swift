import Ledger
import ObjectModel

/// The branches and tags on commits, as listings show them.
struct Decorations {
  private let names: [CommitID: [String]]
  private let currentBranch: String?

  init(_ view: LedgerView) throws {
    names = try view.decorations()
    currentBranch = if case .branch(let name, _) = try view.head() { name } else { nil }
  }

  func names(of id: CommitID) -> [String] { names[id] ?? [] }

  /// ` (HEAD -> main, tag: v1)`, or nothing.
  func suffix(of id: CommitID, on terminal: Terminal) -> String {
    var parts = names(of: id)
    guard !parts.isEmpty else { return "" }
    if let currentBranch, let index = parts.firstIndex(of: currentBranch) {
      parts.remove(at: index)
      parts.insert("HEAD -> \(currentBranch)", at: 0)
    }
    return terminal.styled(" (\(parts.joined(separator: ", ")))", .cyan)
  }
}
