import Ledger
import ObjectModel

/// How far a branch has gone from where another store has it, as far as is known here.
struct UpstreamSummary: Encodable {
  /// As in `origin/main`.
  let name: String
  let commit: String
  /// Commits that are here and not there, and the other way round.
  let ahead: Int
  let behind: Int

  /// `nil` where `HEAD` is on no branch, or on one without commits or that is not known to be elsewhere.
  ///
  /// - Throws: `ObjectStoreError`.
  init?(of head: Head, in view: LedgerView) throws {
    guard case .branch(let branch, let commit?) = head,
      let upstream = try view.upstream(of: branch)
    else { return nil }
    name = upstream.name
    self.commit = upstream.commit.hex
    let divergence = try view.divergence(of: commit, from: upstream.commit)
    ahead = divergence.ahead
    behind = divergence.behind
  }

  /// `2 commits ahead of origin/main, 1 behind`.
  var wording: String {
    switch (ahead, behind) {
    case (0, 0): "as \(name) was last seen"
    case (_, 0): "\(Quantity.count(ahead, "commit")) ahead of \(name)"
    case (0, _): "\(Quantity.count(behind, "commit")) behind \(name)"
    default: "\(Quantity.count(ahead, "commit")) ahead of \(name), \(behind) behind"
    }
  }
}
