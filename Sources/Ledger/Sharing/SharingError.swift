package import ObjectModel

/// Why something could not be sent or taken in. No reference has moved.
package enum SharingError: Error, Hashable, Sendable {
  /// Nothing that travels was named.
  case nothingToSend
  /// The other store has no branch or tag.
  case nothingToTake
  /// The pack is not a bundle: it has no header.
  case notABundle
  /// The header is not in its form.
  case badHeader(reason: String)
  /// The bundle builds on commits, or a model, that this store has not.
  case missingPrerequisites(commits: [CommitID], models: [ModelID])
  /// A reference's object is neither in the bundle nor here.
  case missingTarget(name: String)
  /// A commit that came in contradicts its parent or its chain.
  case unsoundCommit(CommitID)
}
