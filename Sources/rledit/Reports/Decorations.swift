import Ledger
import ObjectModel

/// The branches and tags on commits, as listings show them.
struct Decorations {
  private let found: [CommitID: [Decoration]]
  private let currentBranch: String?

  init(_ view: LedgerView) throws {
    found = try view.decorations()
    currentBranch = if case .branch(let name, _) = try view.head() { name } else { nil }
  }

  func names(of id: CommitID) -> [String] { (found[id] ?? []).map(\.wording) }

  /// ` (HEAD -> main, tag: v1, origin/main)`, or nothing.
  func suffix(of id: CommitID, on terminal: Terminal) -> String {
    var decorations = found[id] ?? []
    guard !decorations.isEmpty else { return "" }
    var parts: [String] = []
    if let currentBranch, let index = decorations.firstIndex(of: .branch(currentBranch)) {
      decorations.remove(at: index)
      parts.append(terminal.styled("HEAD -> \(currentBranch)", .cyan))
    }
    parts += decorations.map { terminal.styled($0.wording, $0.style) }
    return terminal.styled(" (", .cyan) + parts.joined(separator: terminal.styled(", ", .cyan))
      + terminal.styled(")", .cyan)
  }
}

extension Decoration {
  fileprivate var wording: String {
    switch self {
    case .detachedHead: "HEAD"
    case .branch(let name), .remoteBranch(let name): name
    case .tag(let name): "tag: " + name
    }
  }

  fileprivate var style: Terminal.Style {
    if case .remoteBranch = self { .red } else { .cyan }
  }
}
