import Foundation
package import ObjectModel
import ObjectStore

/// The two commits that `A...B` names.
package struct SymmetricRange: Hashable, Sendable {
  package let first: CommitID
  package let second: CommitID
  /// Their nearest common ancestors.
  package let bases: [CommitID]
}

/// The commits that `A..B` names: those that B leads to and A does not.
package struct RevisionRange: Hashable, Sendable {
  package let excluded: CommitID
  package let included: CommitID

  package init(excluded: CommitID, included: CommitID) {
    self.excluded = excluded
    self.included = included
  }
}

extension LedgerView {
  /// The least digits that may stand for an identifier.
  private static let leastPrefix = 4
  /// How many objects of one prefix are looked at.
  private static let mostCandidates = 64

  /// The commit that `text` names: `HEAD`, `@`, a branch, a tag, where there is neither of the name a
  /// hypernetwork or a covariance, a full reference name or at least four digits of an identifier, with `~n` and `^n` after it; `@{n}`, `main@{n}`; `@{-n}`, `@{upstream}`, `main@{upstream}`; `:/text`.
  ///
  /// - Throws: ``LedgerError/invalidRevision(text:reason:)``,
  ///   ``LedgerError/unknownRevision(text:suggestions:)``,
  ///   ``LedgerError/ambiguousRevision(text:candidates:)``,
  ///   ``LedgerError/noSuchParent(text:commit:parent:)``,
  ///   ``LedgerError/noSuchPastValue(text:available:)``, ``LedgerError/collected(type:id:)``,
  ///   ``LedgerError/noSuchBranch(name:suggestions:)``, ``LedgerError/noUpstream(branch:)``,
  ///   ``LedgerError/noCommits(branch:)``,
  ///   ``ObjectStoreError``.
  package func resolve(_ text: String) throws -> CommitID {
    let revision = try Revision(text)
    var commit: CommitID
    switch revision.base {
    case .name(let name): commit = try resolve(name: name, of: text)
    case .past(let name, let count): commit = try pastValue(of: name, count, text)
    case .previous(let count): commit = try previousCommit(count, text)
    case .upstream(let name): commit = try upstreamCommit(of: name)
    case .message(let wanted): commit = try newest(containing: wanted, text)
    }
    for step in revision.steps {
      switch step {
      case .ancestor(let count):
        for _ in 0..<count { commit = try parent(1, of: commit, text) }
      case .parent(0): break
      case .parent(let number): commit = try parent(number, of: commit, text)
      }
    }
    return commit
  }

  /// The commits that `text`, of the form `A..B`, names; `HEAD` stands in for a missing side. `nil`
  /// where there is no `..` in it.
  ///
  /// - Throws: as ``resolve(_:)``; ``LedgerError/threeDots(text:)``.
  package func resolveRange(_ text: String) throws -> RevisionRange? {
    // In `:/text` two dots are text.
    guard !text.hasPrefix(":/"), let dots = text.range(of: "..") else { return nil }
    let sides = [text[..<dots.lowerBound], text[dots.upperBound...]]
    guard !sides[1].hasPrefix(".") else {
      throw LedgerError.threeDots(text: text)
    }
    let commits = try sides.map { try resolve($0.isEmpty ? "HEAD" : String($0)) }
    return RevisionRange(excluded: commits[0], included: commits[1])
  }

  /// The two commits that `text`, of the form `A...B`, names, with their nearest common ancestors;
  /// `HEAD` stands in for a missing side. `nil` where there is no `...` in it.
  ///
  /// - Throws: as ``resolve(_:)``.
  package func resolveSymmetricRange(_ text: String) throws -> SymmetricRange? {
    guard !text.hasPrefix(":/"), let dots = text.range(of: "...") else { return nil }
    let commits = try [text[..<dots.lowerBound], text[dots.upperBound...]].map {
      try resolve($0.isEmpty ? "HEAD" : String($0))
    }
    return SymmetricRange(
      first: commits[0], second: commits[1],
      bases: try mergeBases(of: commits[0], and: commits[1]))
  }

  private func parent(_ number: Int, of commit: CommitID, _ text: String) throws -> CommitID {
    let parents = try self.commit(commit).parents
    guard parents.indices.contains(number - 1) else {
      throw LedgerError.noSuchParent(text: text, commit: commit, parent: number)
    }
    return parents[number - 1]
  }

  private func resolve(name: String, of text: String) throws -> CommitID {
    if name == "HEAD" { return try headCommit() }
    let fullNames =
      name.hasPrefix("refs/")
      ? [name]
      : [LedgerNames.branchPrefix, LedgerNames.tagPrefix, LedgerNames.remotePrefix].map {
        $0 + name
      }
    func existing(_ names: [String]) throws -> [(name: String, value: Reference)] {
      try names.compactMap { full in
        try ReferenceName(full).flatMap { reference in
          try snapshot.reference(reference).map { (name: full, value: $0) }
        }
      }
    }
    var references = try existing(fullNames)
    if references.isEmpty {
      // What stands beside the histories gives way to them.
      references = try existing(MaterialKind.allCases.map { $0.referencePrefix + name })
    }
    if references.count > 1 {
      let commits = try Set(references.map { try peel($0.value) })
      guard commits.count == 1 else {
        throw LedgerError.ambiguousRevision(text: text, candidates: references.map(\.name))
      }
    }
    if let reference = references.first { return try peel(reference.value) }
    if let commit = try resolve(prefix: name.lowercased(), of: text) { return commit }
    let known = try branches().map(\.name) + tags().map(\.name) + ["HEAD"]
    throw LedgerError.unknownRevision(
      text: text, suggestions: Suggestions.likeliest(for: name, among: known))
  }

  private func resolve(prefix: String, of text: String) throws -> CommitID? {
    guard prefix.utf8.count >= Self.leastPrefix else { return nil }
    // Objects of other types are no revisions, and so do not make a prefix ambiguous.
    let found = try snapshot.objectNames(withHexPrefix: prefix, limit: Self.mostCandidates)
      .filter { $0.type == Commit.typeName || $0.type == Tag.typeName }
    guard found.count <= 1 else {
      throw LedgerError.ambiguousRevision(
        text: text, candidates: found.map { Hexadecimal.encode($0.id.bytes) })
    }
    return try found.first.map { id, type in
      type == Tag.typeName ? try snapshot.object(TagID(id)).target : CommitID(id)
    }
  }

  private func newest(containing wanted: String, _ text: String) throws -> CommitID {
    var starts = try branches().map(\.commit) + tags().map(\.commit)
    starts += (try head().commit.map { [$0] } ?? [])
    var found: CommitID?
    try forEachCommit(from: starts) { entry in
      if entry.commit.message.contains(wanted) { found = entry.id }
      return found == nil
    }
    guard let found else { throw LedgerError.unknownRevision(text: text, suggestions: []) }
    return found
  }

  /// The commit that a reference (the current branch, or a detached `HEAD`, where `name` is `nil`)
  /// stood for `count` changes ago.
  private func pastValue(of name: String?, _ count: Int, _ text: String) throws -> CommitID {
    let head = try LedgerNames.head()
    var reference = head
    if let name, name != "HEAD", name != "@" {
      guard
        let full = ReferenceName(
          name.hasPrefix("refs/") ? name : LedgerNames.branchPrefix + name)
      else { throw LedgerError.unknownRevision(text: text, suggestions: []) }
      reference = full
    } else if name == nil, case .symbolic(let branch)? = try snapshot.reference(head) {
      reference = branch
    }
    let values = try pastValues(of: reference)
    guard !values.isEmpty else {
      throw LedgerError.unknownRevision(
        text: text,
        suggestions: Suggestions.likeliest(for: name ?? "", among: try branches().map(\.name)))
    }
    guard count < values.count else {
      throw LedgerError.noSuchPastValue(text: text, available: values.count)
    }
    let value = values[count]
    guard try snapshot.contains(value) else {
      throw LedgerError.collected(type: Commit.typeName, id: value.digest)
    }
    return value
  }

  /// The commits that a reference has stood for, the present one first: the log of operations, taken
  /// back step by step.
  ///
  /// - Complexity: O(operations).
  private func pastValues(of name: ReferenceName) throws -> [CommitID] {
    var references = Dictionary(
      uniqueKeysWithValues: try snapshot.references().map { ($0.name, $0.value) })
    var values: [CommitID] = []
    func note() throws {
      var value = references[name]
      if case .symbolic(let target)? = value { value = references[target] }
      guard let commit = try value.flatMap({ try peelIfThere($0) }), values.last != commit else {
        return
      }
      values.append(commit)
    }
    try note()
    try snapshot.forEachOperation { _, operation in
      for change in operation.changes { references[change.name] = change.old }
      try note()
      return true
    }
    return values
  }
}
