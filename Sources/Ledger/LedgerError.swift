package import ObjectModel
package import ObjectStore

/// Why the ledger could not do what it was asked for. Nothing has changed, whatever the case.
package enum LedgerError: Error, Sendable, Hashable {
  /// The store has no `HEAD`: nobody has begun a ledger in it.
  case notALedger
  /// The store has a `HEAD` already.
  case alreadyALedger
  /// Nothing is called `text`; `suggestions` are names much like it, the likeliest first.
  case unknownRevision(text: String, suggestions: [String])
  /// `text` may mean any of `candidates`, full reference names or identifiers.
  case ambiguousRevision(text: String, candidates: [String])
  /// `text` is not of the form that revisions have.
  case invalidRevision(text: String, reason: String)
  /// `text` has three dots, where two make the range that is wanted.
  case threeDots(text: String)
  /// In `text`, the commit has no parent of this number (from 1).
  case noSuchParent(text: String, commit: CommitID, parent: Int)
  /// In `text`, the reference has not had so many values.
  case noSuchPastValue(text: String, available: Int)
  /// The remote that verbs take by themselves is not known to have the branch; `nil` where none is current.
  case noUpstream(branch: String?)
  /// A branch or tag cannot be called `name`.
  case invalidName(name: String, reason: String)
  case branchExists(name: String)
  case noSuchBranch(name: String, suggestions: [String])
  /// The other store has no branch or tag of that name.
  case notThere(name: String, suggestions: [String])
  case tagExists(name: String)
  /// The store pushed to has another tag of that name.
  case otherTagThere(name: String)
  /// The reference of this full name is to be two things in the store pushed to; `nil` where it is to go.
  case pushedTwice(name: String, targets: [Reference?])
  case noSuchTag(name: String, suggestions: [String])
  case materialExists(kind: MaterialKind, name: String)
  case noSuchMaterial(kind: MaterialKind, name: String, suggestions: [String])
  case remoteExists(name: String)
  case noSuchRemote(name: String, suggestions: [String])
  /// The other store's branch has commits that this one's does not come from.
  case notFastForward(name: String)
  /// The branch that `HEAD` is on cannot be deleted.
  case branchIsCurrent(name: String)
  /// The current branch has no commit yet.
  case noCommits(branch: String)
  /// The current branch has commits, so it cannot have a first one.
  case hasCommits(branch: String)
  /// What the commits did is not there to be undone: they did nothing, or it was reverted before.
  case nothingToRevert(commits: [CommitID])
  /// What the commits did is there already, so carrying them over would do nothing.
  case nothingToCarry(commits: [CommitID])
  /// The commits stand on different models: no delta of one means anything to the other.
  case differentModels(CommitID, CommitID)
  /// A merge left something out or put something else in its place, so that its line cannot be told as
  /// one commit after the other.
  case notOneLine(merge: CommitID)
  /// The commit is not one that leads to the current one, and so there is no range between them.
  case notAnAncestor(CommitID)
  /// The commit is the current one, and nothing has come since.
  case nothingSince(CommitID)
  /// A search for the first bad commit is under way already, or none is.
  case bisecting
  /// A commit said to be good is not one that the bad one came from. `areSwapped`: it comes from that.
  case notBeforeBad(good: CommitID, bad: CommitID, areSwapped: Bool)
  /// A commit said to be bad is not one that a known bad one came from.
  case badElsewhere(CommitID, known: CommitID)
  /// A commit said to be good comes from one said to be bad.
  case goodAfterBad(bad: CommitID)
  case notBisecting
  /// The log has no operation of this number.
  case noSuchOperation(number: Int, last: Int)
  case nothingToUndo
  case nothingToRedo
  /// Another process moved the reference of this full name meanwhile; trying again may succeed. `nil` where
  /// the operation log does not know of it.
  case referenceMoved(name: String, by: ReferenceMove?)
  /// The store pushed to moved the reference of this full name after it was looked at. Nothing has moved
  /// there by this push. `nil` where nothing tells who did.
  case overtaken(name: String, by: ReferenceMove?)
  /// What a reference is to be taken back to is not in the store any more: a collection has taken it out.
  case collected(type: String, id: Digest256)
  /// A delta or other object that a commit is to name is not in the store.
  case missingObject(type: String, id: Digest256)
}
