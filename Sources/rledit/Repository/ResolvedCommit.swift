import Ledger
import ObjectModel

/// A commit with its id.
struct ResolvedCommit: Sendable {
  let id: CommitID
  let commit: Commit

  init(_ id: CommitID, in view: LedgerView) throws {
    self.id = id
    commit = try view.commit(id)
  }

  init(_ entry: LogEntry) {
    id = entry.id
    commit = entry.commit
  }
}
