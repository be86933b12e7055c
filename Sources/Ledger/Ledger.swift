import ObjectModel
package import ObjectStore

/// Who does something, when, and by which command: what the operation log says of it.
package struct OperationContext: Sendable {
  /// The command as the user gave it.
  package let command: String
  package let author: String
  /// Seconds since 1970-01-01 00:00 UTC.
  package let time: Int

  package init(command: String, author: String, time: Int) {
    self.command = command
    self.author = author
    self.time = time
  }
}

/// The history of a model: commits, branches and tags over a store.
///
/// Everything that changes the ledger computes the new objects first and then writes them, moves the
/// references by compare-and-swap and logs the operation, all in one transaction.
package struct Ledger: Sendable {
  package let store: ObjectStore
  let stateDeriver: any StateDeriver
  private let gate: (any CommitGate)?
  let signing: (any SigningKeySource)?

  /// The ledger in `store`; see ``begin()`` for a new one.
  ///
  /// - Parameters:
  ///   - gate: who is asked before a commit becomes the current one.
  ///   - signing: the key that commits and annotated tags are signed with; `nil` signs none.
  package init(
    store: ObjectStore, stateDeriver: any StateDeriver, gate: (any CommitGate)? = nil,
    signing: (any SigningKeySource)? = nil
  ) {
    self.store = store
    self.stateDeriver = stateDeriver
    self.gate = gate
    self.signing = signing
  }

  /// Begins a ledger in a new store: `HEAD` on the branch `main`, which has no commit yet.
  ///
  /// - Throws: ``LedgerError/alreadyALedger``, ``ObjectStoreError``.
  package func begin() throws {
    let head = try LedgerNames.head()
    let branch = try LedgerNames.branch(LedgerNames.firstBranch)
    do {
      try store.write { try $0.setReference(head, from: nil, to: .symbolic(branch)) }
    } catch ObjectStoreError.referenceChanged {
      throw LedgerError.alreadyALedger
    }
  }

  /// The ledger as it is now.
  package func view() throws -> LedgerView { LedgerView(try store.snapshot()) }
}

extension Ledger {
  /// Writes a commit, with others that lead to it, and takes the current branch or a detached `HEAD` to
  /// it, unless the gate refuses.
  ///
  /// - Parameter objects: writes the commit and everything new that it leads to.
  /// - Throws: as ``record(_:reversal:_:objects:)``, what the gate throws.
  func advance(
    to tip: CommitID, _ commit: Commit, in view: LedgerView, _ context: OperationContext,
    objects: (WriteTransaction) throws -> Void
  ) throws {
    let change = try changeOfHead(in: view, to: tip)
    if let gate, gate.isWanted {
      try store.write(objects)
      try gate.admit(tip, commit)
    }
    try record([change], context, objects: objects)
    stateDeriver.recorded(commit)
    gate?.recorded(tip, commit)
  }

  /// Writes objects, moves references and logs it, all or nothing.
  ///
  /// Changes from a value to the same are left out; where none is left nothing is logged.
  ///
  /// - Throws: ``LedgerError/referenceMoved(name:by:)``, ``LedgerError/collected(type:id:)``,
  ///   ``ObjectStoreError``.
  func record(
    _ changes: [LoggedOperation.Change], reversal: LoggedOperation.Reversal? = nil,
    _ context: OperationContext, objects: (WriteTransaction) throws -> Void = { _ in }
  ) throws {
    let effective = changes.filter { $0.old != $0.new }
    do {
      try store.write { transaction in
        try objects(transaction)
        guard !effective.isEmpty else { return }
        for change in effective {
          do {
            try transaction.setReference(change.name, from: change.old, to: change.new)
          } catch ObjectStoreError.missing(.object(let type, let id)) {
            throw LedgerError.collected(type: type, id: id)
          }
        }
        try transaction.append(
          LoggedOperation(
            time: context.time, command: context.command, author: context.author,
            reversal: reversal, changes: effective))
      }
    } catch ObjectStoreError.referenceChanged(let name, _, _) {
      // What is there now was there when the swap was refused, or is newer.
      throw LedgerError.referenceMoved(name: name.text, by: try view().lastMove(of: [name]))
    }
  }

  /// The change that takes the current branch, or a detached `HEAD`, to `commit`.
  func changeOfHead(
    in view: LedgerView, to commit: CommitID
  ) throws -> LoggedOperation.Change {
    let name = try LedgerNames.head()
    guard let reference = try view.snapshot.reference(name) else { throw LedgerError.notALedger }
    guard case .symbolic(let branch) = reference else {
      return .init(name: name, old: reference, new: .commit(commit))
    }
    return .init(name: branch, old: try view.snapshot.reference(branch), new: .commit(commit))
  }
}
