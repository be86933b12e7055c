import Foundation
import Ledger
import ObjectModel
import ObjectStore

/// Which commits of a history are wanted; all conditions have to hold.
struct LogFilter {
  /// Text in the message, letter for letter.
  let message: String?
  /// Part of a subject of the commit's records, whatever the letter case.
  let subject: String?
  /// A tensor that a delta added or taken out changes.
  let tensor: String?

  var isEmpty: Bool { message == nil && subject == nil && tensor == nil }

  /// Whether a commit is wanted.
  ///
  /// - Throws: `ObjectStoreError`.
  func matches(_ commit: Commit, in view: LedgerView) throws -> Bool {
    if let message, !commit.message.contains(message) { return false }
    if let subject {
      let isThere = commit.edits.contains {
        $0.subject.range(of: subject, options: .caseInsensitive) != nil
      }
      guard isThere else { return false }
    }
    guard let tensor else { return true }
    return try (commit.added + commit.omitted).contains { entry in
      try view.snapshot.object(entry.delta).changes.contains { $0.tensor == tensor }
    }
  }
}
