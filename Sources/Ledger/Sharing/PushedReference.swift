import ObjectModel
package import ObjectStore

/// A branch or tag that is to be put into another store.
package struct PushedReference: Hashable, Sendable {
  package let name: ReferenceName
  /// What it is there.
  package let old: Reference?
  package let new: Reference

  package init(name: ReferenceName, old: Reference?, new: Reference) {
    self.name = name
    self.old = old
    self.new = new
  }

  package var isUpToDate: Bool { old == new }
}

extension LedgerView {
  /// What pushing references to another store is to move there.
  ///
  /// - Parameter force: whether a branch may lose commits there, and a tag be another one.
  /// - Throws: ``LedgerError/notFastForward(name:)``, ``LedgerError/otherTagThere(name:)``,
  ///   ``ObjectStoreError``.
  package func pushed(
    _ names: [ReferenceName], to listing: RemoteListing, force: Bool
  ) throws -> [PushedReference] {
    try Set(names).sorted().compactMap { name in
      guard let new = try snapshot.reference(name) else { return nil }
      let old = listing[name]
      if let old, old != new, !force {
        guard let branch = LedgerNames.branchName(name), case .commit(let commit) = old else {
          throw LedgerNames.taken(there: name)
        }
        // What is not here cannot be below what is.
        guard try snapshot.contains(commit), try isAncestor(commit, of: peel(new)) else {
          throw LedgerError.notFastForward(name: branch)
        }
      }
      return PushedReference(name: name, old: old, new: new)
    }
  }
}

extension Ledger {
  /// Moves references as pushed, after what they lead to has come in: all in one transaction, by
  /// compare-and-swap.
  ///
  /// - Throws: ``LedgerError/overtaken(name:by:)`` where somebody was faster; ``SharingError``,
  ///   ``ObjectStoreError``.
  package func receive(_ pushed: [PushedReference], _ context: OperationContext) throws {
    let view = try view()
    try view.requireSound(
      pushed.map { NamedReference(name: $0.name, value: $0.new) }, known: view.tips())
    do {
      try record(pushed.map { .init(name: $0.name, old: $0.old, new: $0.new) }, context)
    } catch LedgerError.referenceMoved(let name, let move) {
      throw LedgerError.overtaken(name: name, by: move)
    }
  }
}

extension LedgerNames {
  /// The error that another tag or material of this name is in the other store.
  static func taken(there name: ReferenceName) -> LedgerError {
    for kind in MaterialKind.allCases where name.text.hasPrefix(kind.referencePrefix) {
      return .materialExists(
        kind: kind, name: String(name.text.dropFirst(kind.referencePrefix.count)))
    }
    return .otherTagThere(name: String(name.text.dropFirst(tagPrefix.count)))
  }
}
