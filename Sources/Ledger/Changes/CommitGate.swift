package import ObjectModel

/// Whoever may refuse a commit before it becomes history.
package protocol CommitGate: Sendable {
  /// Whether there is anyone to be asked; where not, ``admit(_:_:)`` is not called.
  var isWanted: Bool { get }

  /// Called with a commit that is in the store with everything that it names, and to which no reference
  /// leads yet, while no transaction is open: whoever judges it may read the store, in another process
  /// too. Where this throws, no reference moves, and the commit is left to a collection.
  func admit(_ commit: CommitID, _ content: Commit) throws

  /// Called when the commit has become the current one.
  func recorded(_ commit: CommitID, _ content: Commit)
}
