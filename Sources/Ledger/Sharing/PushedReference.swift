import ObjectModel
package import ObjectStore

/// What is to be moved in another store.
package enum PushRequest: Hashable, Sendable {
  /// A reference here is to be there under its name.
  case reference(ReferenceName)
  /// A reference there is to stand for this.
  case value(Reference, as: ReferenceName)
  /// What is called so there, a branch, a tag or a full name, is to go.
  case removal(String)
}

/// A branch or tag that is to be put into another store, or to go from there.
package struct PushedReference: Hashable, Sendable {
  package let name: ReferenceName
  /// What it is there.
  package let old: Reference?
  /// What it is to be there; `nil` where it is to go.
  package let new: Reference?

  package init(name: ReferenceName, old: Reference?, new: Reference?) {
    self.name = name
    self.old = old
    self.new = new
  }

  package var isUpToDate: Bool { old == new }
}

extension LedgerView {
  /// What pushing to another store is to move there, by name.
  ///
  /// - Parameter force: whether a branch may lose commits there, and a tag be another one.
  /// - Throws: ``LedgerError/notFastForward(name:)``, ``LedgerError/otherTagThere(name:)``,
  ///   ``LedgerError/notThere(name:suggestions:)``, ``LedgerError/invalidName(name:reason:)``,
  ///   ``LedgerError/pushedTwice(name:targets:)``, ``ObjectStoreError``.
  package func pushed(
    _ requests: [PushRequest], to listing: RemoteListing, force: Bool
  ) throws -> [PushedReference] {
    var wanted: [ReferenceName: PushedReference] = [:]
    for request in requests {
      guard let reference = try pushed(request, to: listing) else { continue }
      if let other = wanted.updateValue(reference, forKey: reference.name), other != reference {
        throw LedgerError.pushedTwice(
          name: reference.name.text, targets: [other.new, reference.new])
      }
    }
    let references = wanted.values.sorted { $0.name < $1.name }
    for reference in references where !force { try requireForward(reference) }
    return references
  }

  /// What a request is to move; `nil` where there is nothing of the name here.
  private func pushed(
    _ request: PushRequest, to listing: RemoteListing
  ) throws -> PushedReference? {
    switch request {
    case .reference(let name):
      return try snapshot.reference(name).map {
        PushedReference(name: name, old: listing[name], new: $0)
      }
    case .value(let value, let name):
      guard LedgerNames.isUsable(name, for: value) else {
        throw LedgerError.invalidName(
          name: name.text, reason: "nothing of this kind can be called so in another store")
      }
      return PushedReference(name: name, old: listing[name], new: value)
    case .removal(let text):
      let name = try listing.name(of: text)
      return PushedReference(name: name, old: listing[name], new: nil)
    }
  }

  /// Refuses what would take commits from a branch there, or make a tag another one.
  private func requireForward(_ reference: PushedReference) throws {
    guard let old = reference.old, let new = reference.new, old != new else { return }
    guard let branch = LedgerNames.branchName(reference.name), case .commit(let commit) = old else {
      throw LedgerNames.taken(there: reference.name)
    }
    // What is not here cannot be below what is.
    guard try snapshot.contains(commit), try isAncestor(commit, of: peel(new)) else {
      throw LedgerError.notFastForward(name: branch)
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
      pushed.compactMap { reference in
        reference.new.map { NamedReference(name: reference.name, value: $0) }
      }, known: view.tips())
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
