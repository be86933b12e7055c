package import ObjectModel
import ObjectStore

/// Something that can be signed, with what its signature comes to.
package struct SignatureFinding: Sendable {
  package enum Subject: Sendable {
    case commit(LogEntry)
    /// An annotated tag, by the name that it has here.
    case tag(name: String, TagID, Tag)
    case note(Note)
  }

  package let subject: Subject
  package let status: SignatureStatus
}

extension LedgerView {
  /// The commits that any reference stands for: branches, tags, materials, branches of other stores, `HEAD`.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func everyCommitReferred() throws -> [CommitID] {
    try snapshot.references().compactMap { name, value in
      // HEAD on a branch without a commit stands for none.
      if case .symbolic(let branch) = value, try snapshot.reference(branch) == nil { return nil }
      return try peel(value)
    }
  }

  /// Judges the signatures of the commits that `starts` lead to and `excluded` do not, in the order of
  /// ``log(from:excluding:)``, then of the annotated tags on them, by name, and of the notes.
  ///
  /// - Parameter body: is called with each.
  /// - Throws: ``ObjectStoreError``, what `body` throws.
  /// - Complexity: O(n log n) besides the signatures, n being the commits, and O(tags + notes).
  package func judgeSignatures(
    from starts: [CommitID], excluding excluded: [CommitID] = [], trusting signers: AllowedSigners,
    _ body: (SignatureFinding) throws -> Void
  ) throws {
    var judged: Set<CommitID> = []
    for entry in try log(from: starts, excluding: excluded) {
      judged.insert(entry.id)
      try body(
        SignatureFinding(subject: .commit(entry), status: signers.status(of: entry.commit)))
    }
    for named in try tags() {
      guard let id = named.tag, judged.contains(named.commit) else { continue }
      let tag = try snapshot.object(id)
      let status = signers.status(of: tag, called: named.name)
      try body(SignatureFinding(subject: .tag(name: named.name, id, tag), status: status))
    }
    for note in try notes() where judged.contains(note.commit) {
      try body(SignatureFinding(subject: .note(note), status: signers.status(of: note.tag)))
    }
  }
}
