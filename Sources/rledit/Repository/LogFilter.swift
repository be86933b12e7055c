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

  /// The tensor that a user's name stands for in the models of a history.
  ///
  /// - Parameter tips: commits that lead to all of it; where there are none, nothing can be wrong.
  /// - Throws: ``CommandError/noSuchTensor(_:suggestions:)``, `ObjectStoreError`.
  static func tensor(
    written name: String, at tips: [CommitID], in view: LedgerView
  ) throws -> String {
    let models = try Set(tips.map { try view.commit($0).model }).sorted()
      .map { try view.snapshot.object($0) }
    for model in models {
      if let tensor = model.tensor(written: name) { return tensor.name }
    }
    guard !models.isEmpty else { return name }
    let ending = ModelManifest.weightEnding
    throw CommandError.noSuchTensor(
      name,
      suggestions: Suggestions.likeliest(
        for: name.hasSuffix(ending) ? name : name + ending,
        among: Set(models.flatMap { $0.tensors.map(\.name) }).sorted()))
  }

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
