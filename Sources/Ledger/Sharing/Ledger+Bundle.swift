package import ObjectModel
package import ObjectStore

/// What a bundle is made of.
package struct BundleRequest: Sendable {
  /// Full names of branches, tags and materials.
  package var references: [ReferenceName]
  /// Commits that the other side has, with all that they lead to.
  package var excluded: [CommitID]
  /// Whether the models' own objects and weights stay out.
  package var leavesOutModel: Bool

  package init(
    references: [ReferenceName], excluded: [CommitID] = [], leavesOutModel: Bool = false
  ) {
    self.references = references
    self.excluded = excluded
    self.leavesOutModel = leavesOutModel
  }
}

/// What came of a bundle's references.
package struct TakenReference: Sendable, Hashable {
  package enum Outcome: String, Sendable {
    /// The name is new here, or has gone forward.
    case updated
    /// The name is gone.
    case removed
    /// It was there.
    case unchanged
    /// A tag or material of that name is another one here, and stays.
    case kept
  }

  /// The name here.
  package let name: ReferenceName
  package let value: Reference
  package let outcome: Outcome

  package init(name: ReferenceName, value: Reference, outcome: Outcome) {
    self.name = name
    self.value = value
    self.outcome = outcome
  }
}

extension LedgerView {
  /// Writes a bundle: references with everything that they lead to, but for what the other side has.
  ///
  /// - Parameter write: takes the bundle's bytes in order.
  /// - Returns: the header, and the bytes written.
  /// - Throws: ``SharingError/nothingToSend``, ``ObjectStoreError``, what `write` throws.
  /// - Complexity: O(objects that the references and the excluded commits lead to, and bytes written).
  package func writeBundle(
    _ request: BundleRequest, write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws -> (header: BundleHeader, bytes: Int) {
    let references = try Set(request.references).sorted().compactMap { name in
      try snapshot.reference(name).map { NamedReference(name: name, value: $0) }
    }
    guard !references.isEmpty else { throw SharingError.nothingToSend }
    let tips = try references.map { try peel($0.value) }
    // Of what the other side has, only what leads to the tips has to be there.
    let history = Set(try log(from: tips).map(\.id))
    let excluded = Set(request.excluded).intersection(history).sorted()
    var models: Set<ModelID> = []
    if request.leavesOutModel {
      models = Set(try tips.map { try commit($0).model })
    }
    let header = BundleHeader(
      references: references, prerequisites: excluded, models: Array(models))
    let inventory = try inventory(
      of: references.map(\.value), excluding: excluded, models: models.sorted())
    let bytes = try writePack(
      inventory.entries, header: header.encoded().text, write: write)
    return (header, bytes)
  }

  /// Refuses a bundle that builds on what is not here.
  ///
  /// - Throws: ``SharingError/missingPrerequisites(commits:models:)``.
  package func requirePrerequisites(of header: BundleHeader) throws {
    let commits = try header.prerequisites.filter { try !snapshot.contains($0) }
    let models = try header.models.filter { try !snapshot.contains($0) }
    guard commits.isEmpty, models.isEmpty else {
      throw SharingError.missingPrerequisites(commits: commits, models: models)
    }
  }
}

extension Ledger {
  /// Reads the header of a bundle.
  ///
  /// - Throws: ``SharingError/notABundle``, ``SharingError/badHeader(reason:)``, `PackError`.
  package static func bundleHeader(_ reader: inout PackReader) throws -> BundleHeader {
    guard case .header(let text)? = try reader.next() else { throw SharingError.notABundle }
    do {
      return try BundleHeader.decode(text)
    } catch let error as ObjectModelError {
      throw SharingError.badHeader(reason: error.reason)
    }
  }

  /// Takes in a bundle: all its objects, checked, and then its references, in one transaction. Branches
  /// become `refs/remotes/ORIGIN/NAME`, or branches where there is no origin to name; tags and materials
  /// keep their names, and those that stand for something else here stay as they are. Without an origin
  /// `HEAD` goes to the branch that the other store is on, as far as is known, else to `main`, else to the first.
  ///
  /// - Parameters:
  ///   - origin: where the bundle is from; `nil` for a new store that is to be as the other.
  ///   - progress: called with the bytes read so far.
  /// - Throws: ``SharingError``, `PackError`, ``LedgerError/invalidName(name:reason:)``,
  ///   ``LedgerError/referenceMoved(name:by:)``, ``ObjectStoreError``, what reading and `progress` throw.
  package func unbundle(
    _ reader: inout PackReader, from origin: String?, _ context: OperationContext,
    progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws -> (references: [TakenReference], pack: PackReport) {
    let header = try Self.bundleHeader(&reader)
    let before = try view()
    try before.requirePrerequisites(of: header)
    let pack = try store.receive(&reader, progress: progress)
    return (
      try adopt(header.references, from: origin, known: before.tips(), context), pack
    )
  }

  /// Makes references of what has come in, after a look at all commits that they bring.
  ///
  /// - Parameters:
  ///   - known: commits that were referenced here before it came.
  ///   - head: the branch that the other store is on, where that is known.
  ///   - remote: in a store that is to be as the other one, what that is called here.
  ///   - prunes: whether branches of the other store that are not among these are forgotten here.
  /// - Throws: as ``unbundle(_:from:_:progress:)``.
  func adopt(
    _ references: [NamedReference], from origin: String?, known: [CommitID],
    _ context: OperationContext, head: String? = nil, tracking remote: String? = nil,
    prunes: Bool = false
  ) throws -> [TakenReference] {
    let view = try view()
    try view.requireSound(references, known: known)
    var taken: [TakenReference] = []
    var changes: [LoggedOperation.Change] = []
    for reference in references {
      // What would be too long with the other store's name in front is not followed, as in a clone.
      if let origin, LedgerNames.isTooLong(reference.name, from: origin) { continue }
      let name = try LedgerNames.local(reference.name, from: origin)
      let old = try view.snapshot.reference(name)
      // A branch of another store is where that store has it; other names are never taken away.
      let follows = name.text.hasPrefix(LedgerNames.remotePrefix)
      let outcome: TakenReference.Outcome =
        old == reference.value ? .unchanged : old == nil || follows ? .updated : .kept
      if outcome == .updated {
        changes.append(.init(name: name, old: old, new: reference.value))
      }
      taken.append(TakenReference(name: name, value: reference.value, outcome: outcome))
    }
    if prunes, let origin {
      let gone = try view.references(of: origin, without: Set(taken.map(\.name)))
      changes += gone.map { .init(name: $0.name, old: $0.value, new: nil) }
      taken += gone.map { TakenReference(name: $0.name, value: $0.value, outcome: .removed) }
    }
    if origin == nil, let branch = try Self.branch(among: references, head: head) {
      changes.append(try changeOfHead(in: view, to: .symbolic(branch)))
    }
    if let remote {
      changes += try view.changes(
        tracking: references.map { (name: $0.name, value: $0.value) }, of: remote)
    }
    try record(changes, context)
    return taken
  }

  /// The branch that a copy of these references is to be on.
  private static func branch(
    among references: [NamedReference], head: String?
  ) throws -> ReferenceName? {
    let branches = references.map(\.name).filter { LedgerNames.branchName($0) != nil }
    let wanted = try [head, LedgerNames.firstBranch].compactMap { $0 }.map {
      try LedgerNames.branch($0)
    }
    return wanted.first { branches.contains($0) } ?? branches.first
  }
}

extension LedgerNames {
  /// What a reference of another store is called here.
  ///
  /// - Throws: ``LedgerError/invalidName(name:reason:)``.
  static func local(_ name: ReferenceName, from origin: String?) throws -> ReferenceName {
    guard let branch = branchName(name) else { return name }
    guard let origin else { return try self.branch(branch) }
    // The same rules as for a branch's name, since it is typed like one.
    _ = try self.branch("\(origin)/\(branch)")
    return try reference(branchPrefix(of: origin) + branch, of: branch)
  }

  /// Whether a branch's name is longer, with another store's in front, than a reference's may be.
  static func isTooLong(_ name: ReferenceName, from origin: String) -> Bool {
    guard let branch = branchName(name) else { return false }
    return (branchPrefix(of: origin) + branch).utf8.count > ReferenceName.maximumBytes
  }
}

extension LedgerView {
  /// Refuses references whose objects are not here, and commits that contradict themselves.
  ///
  /// - Parameter known: commits that were referenced here before; they and what leads to them are
  ///   believed. What a bundle takes for granted is not: it may be what was refused before.
  /// - Throws: ``SharingError/missingTarget(name:)``, ``SharingError/unsoundCommit(_:)``,
  ///   ``ObjectStoreError``.
  /// - Complexity: O(commits here, and changes of those that came in · log n).
  func requireSound(_ references: [NamedReference], known: [CommitID]) throws {
    var tips: [CommitID] = []
    for reference in references {
      guard let link = ObjectInspection.link(of: reference.value),
        try snapshot.typeName(ofObject: link.id) != nil
      else { throw SharingError.missingTarget(name: reference.name.text) }
      if case .tag(let id) = reference.value,
        let commit = LedgerNames.noted(by: reference.name, as: id),
        try !snapshot.object(id).isNote(on: commit)
      {
        throw SharingError.badHeader(reason: "\(reference.name.text) is no note on that commit")
      }
      tips.append(try peel(reference.value))
    }
    // The oldest first, so that the count of a parent's chain is to be relied on.
    for entry in try log(from: tips, excluding: known).reversed() {
      guard try accountFaults(of: entry.commit, entry.id).isEmpty else {
        throw SharingError.unsoundCommit(entry.id)
      }
    }
  }
}
