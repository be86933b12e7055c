package import ObjectModel
package import ObjectStore

/// Another store, wherever it is, as far as the exchange of histories goes.
///
/// What arrives is taken in pack by pack and stays, so that an exchange that broke off goes on where it
/// was; references move when everything that they lead to is there.
package protocol RemoteStore: PackSource {
  /// What it has under which names.
  func listing() throws -> RemoteListing

  /// Brings what references of the listing lead to into a store that has all that `known` leads to.
  /// Only what the store has not travels. Nothing is referenced. After `PackError.missing`, as where a
  /// collection has taken out what was counted on, it can be asked again.
  func bring(
    _ references: [NamedReference], known: [CommitID], into store: ObjectStore,
    progress: TransferProgress
  ) throws -> PackReport

  /// Puts there what references lead to and it has not, then moves all of them from what they were
  /// seen to be, or none. Those that are to be nothing go.
  ///
  /// - Parameter known: commits that are there, with all that they lead to.
  /// - Throws: ``LedgerError/overtaken(name:by:)`` where somebody was faster.
  func put(
    _ pushed: [PushedReference], from view: LedgerView, known: [CommitID],
    _ context: OperationContext, progress: TransferProgress
  ) throws -> PackReport
}

/// Called with the bytes carried so far, and with those that there are to carry.
package typealias TransferProgress = (_ bytes: Int, _ total: Int) throws -> Void

extension Ledger {
  /// Takes in all that another store has and this one has not, and then its references; see
  /// ``unbundle(_:from:_:progress:)`` for what these become.
  ///
  /// What a collection takes out here before it is referenced is asked for again, a few times.
  ///
  /// - Parameters:
  ///   - listing: what the other store has, where it has been asked already.
  ///   - origin: what the other store is called here; `nil` for a new store that is to be as it.
  ///   - name: for a new store that is to be as the other one, what that is called here: its branches
  ///     are tracked from the beginning.
  ///   - prunes: whether branches of the other store that it has not any more are forgotten here.
  /// - Returns: what became of the references, and what the attempts brought that were not broken off.
  /// - Throws: ``SharingError``, `PackError`, ``LedgerError/invalidName(name:reason:)``,
  ///   ``LedgerError/referenceMoved(name:by:)``, ``LedgerError/collected(type:id:)``, ``ObjectStoreError``, what
  ///   the remote and `progress` throw.
  package func fetch(
    from remote: any RemoteStore, _ listing: RemoteListing? = nil, as origin: String?,
    tracking name: String? = nil, prunes: Bool = false, _ context: OperationContext,
    progress: TransferProgress
  ) throws -> (references: [TakenReference], pack: PackReport) {
    let listing = try listing ?? remote.listing()
    guard prunes || !listing.references.isEmpty else { throw SharingError.nothingToTake }
    var pack = PackReport()
    var attempt = 1
    while true {
      do {
        let (view, known) = try here()
        let missing = try listing.references.filter { reference in
          try ObjectInspection.link(of: reference.value).map {
            try view.snapshot.typeName(ofObject: $0.id) == nil
          } ?? false
        }
        if !missing.isEmpty {
          pack.add(try remote.bring(missing, known: known, into: store, progress: progress))
        }
        let taken = try adopt(
          listing.references, from: origin, known: known, context, head: listing.head,
          tracking: name, prunes: prunes)
        return (taken, pack)
      } catch let error where attempt < Self.fetchAttempts && Self.isOfACollection(error) {
        attempt += 1
      }
    }
  }

  private static let fetchAttempts = 4

  /// Whether something that was here, or had just come, is gone before it was referenced, as where a collection
  /// without grace goes on beside; asked again, the other store sends it again.
  private static func isOfACollection(_ error: any Error) -> Bool {
    switch error {
    case SharingError.missingTarget, LedgerError.collected: true
    case let error as PackError: error.isOfSomethingMissing
    default: false
    }
  }

  private func here() throws -> (LedgerView, tips: [CommitID]) {
    let view = try view()
    return (view, try view.tips())
  }

  /// Puts references into another store, or takes them out there.
  ///
  /// - Parameters:
  ///   - name: what the other store is called here, so that its branches are known here to be where they
  ///     are then; `nil` for one without a name.
  ///   - force: whether a branch may lose commits there, and a tag be another one.
  ///   - admit: asked, before anything is written there, about the references that are to move.
  /// - Throws: as ``LedgerView/pushed(_:to:force:)``; ``LedgerError/overtaken(name:by:)``,
  ///   ``ObjectStoreError``, what the remote, `admit` and `progress` throw.
  package func push(
    _ requests: [PushRequest], to remote: any RemoteStore, as name: String? = nil, force: Bool,
    _ context: OperationContext, admit: ([PushedReference]) throws -> Void = { _ in },
    progress: TransferProgress
  ) throws -> (references: [PushedReference], pack: PackReport) {
    let listing = try remote.listing()
    let view = try view()
    let pushed = try view.pushed(requests, to: listing, force: force)
    let moved = pushed.filter { !$0.isUpToDate }
    var pack = PackReport()
    if !moved.isEmpty {
      try admit(moved)
      pack = try remote.put(
        moved, from: view, known: view.known(of: listing), context, progress: progress)
    }
    if let name { try track(pushed, of: name, context) }
    return (pushed, pack)
  }
}

extension PackError {
  /// Whether a pack names what neither it nor the store has.
  var isOfSomethingMissing: Bool {
    if case .missing = self { true } else { false }
  }
}
