package import ObjectModel
package import ObjectStore

/// Another store by a name.
package struct Remote: Hashable, Sendable {
  package let name: String
  /// Where it is, as the user gave it.
  package let location: String

  static let propertyPrefix = "remote."
}

extension LedgerView {
  /// The other stores known here, by name.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func remotes() throws -> [Remote] {
    try snapshot.properties(withPrefix: Remote.propertyPrefix).map {
      Remote(name: String($0.name.dropFirst(Remote.propertyPrefix.count)), location: $0.value)
    }
  }

  /// - Throws: ``LedgerError/noSuchRemote(name:suggestions:)``, ``ObjectStoreError``.
  package func remote(_ name: String) throws -> Remote {
    let remotes = try remotes()
    guard let found = remotes.first(where: { $0.name == name }) else {
      throw LedgerError.noSuchRemote(
        name: name, suggestions: Suggestions.likeliest(for: name, among: remotes.map(\.name)))
    }
    return found
  }
}

extension Ledger {
  /// Keeps another store's place under a name. That is no operation of the log: no history moves.
  ///
  /// - Throws: ``LedgerError/remoteExists(name:)``, ``LedgerError/invalidName(name:reason:)``,
  ///   ``ObjectStoreError``.
  package func addRemote(_ name: String, at location: String) throws {
    // Its branches are called NAME/BRANCH, so that a name of two parts would take them from another.
    _ = try LedgerNames.branch(name + "/main")
    guard !name.contains("/") else {
      throw LedgerError.invalidName(name: name, reason: "it contains \"/\"")
    }
    guard try !view().remotes().contains(where: { $0.name == name }) else {
      throw LedgerError.remoteExists(name: name)
    }
    try store.write { try $0.setProperty(Remote.propertyPrefix + name, to: location) }
  }

  /// Forgets a remote, and where its branches were.
  ///
  /// - Throws: ``LedgerError/noSuchRemote(name:suggestions:)``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  package func removeRemote(_ name: String, _ context: OperationContext) throws {
    let view = try view()
    _ = try view.remote(name)
    let prefix = "\(LedgerNames.remotePrefix)\(name)/"
    let changes = try view.snapshot.references(withPrefix: prefix).map {
      LoggedOperation.Change(name: $0.name, old: $0.value, new: nil)
    }
    try record(changes, context)
    try store.write { try $0.setProperty(Remote.propertyPrefix + name, to: nil) }
  }
}

/// A branch or tag that is to be put into another store.
package struct PushedReference: Hashable, Sendable {
  package let name: ReferenceName
  /// What it is there.
  package let old: Reference?
  package let new: Reference

  package var isUpToDate: Bool { old == new }
}

extension LedgerView {
  /// What pushing references to another store is to move there.
  ///
  /// - Parameter force: whether a branch may lose commits there, and a tag be another one.
  /// - Throws: ``LedgerError/notFastForward(name:)``, ``LedgerError/tagExists(name:)``,
  ///   ``ObjectStoreError``.
  package func pushed(
    _ names: [ReferenceName], to other: LedgerView, force: Bool
  ) throws -> [PushedReference] {
    try Set(names).sorted().compactMap { name in
      guard let new = try snapshot.reference(name) else { return nil }
      let old = try other.snapshot.reference(name)
      if let old, old != new, !force {
        guard let branch = LedgerNames.branchName(name) else {
          throw LedgerNames.taken(name)
        }
        // What is not here cannot be below what is.
        let commit = try other.peel(old)
        guard try snapshot.contains(commit), try isAncestor(commit, of: peel(new)) else {
          throw LedgerError.notFastForward(name: branch)
        }
      }
      return PushedReference(name: name, old: old, new: new)
    }
  }

  /// Of the commits that another store's references stand for, those that are here.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func known(of other: LedgerView) throws -> [CommitID] {
    let commits = try other.snapshot.references().compactMap { try? other.peel($0.value) }
    return try Set(commits).sorted().filter { try snapshot.contains($0) }
  }
}

extension Ledger {
  /// Takes in a bundle and moves references as pushed, in one transaction by compare-and-swap.
  ///
  /// - Throws: ``LedgerError/referenceMoved(name:by:)`` where somebody was faster; ``SharingError``,
  ///   `PackError`, ``ObjectStoreError``, what reading and `progress` throw.
  package func receive(
    _ reader: inout PackReader, _ pushed: [PushedReference], _ context: OperationContext,
    progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> PackReport {
    let (_, pack, _) = try takeIn(&reader, progress: progress)
    try record(pushed.map { .init(name: $0.name, old: $0.old, new: $0.new) }, context)
    return pack
  }
}

extension LedgerNames {
  /// The error that a tag or material of this name is there.
  static func taken(_ name: ReferenceName) -> LedgerError {
    for kind in MaterialKind.allCases where name.text.hasPrefix(kind.referencePrefix) {
      return .materialExists(
        kind: kind, name: String(name.text.dropFirst(kind.referencePrefix.count)))
    }
    return .tagExists(name: String(name.text.dropFirst(tagPrefix.count)))
  }
}
