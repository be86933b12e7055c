package import ObjectModel
package import ObjectStore

extension Ledger {
  /// Keeps a material under its name: a commit on top of the one that it was made at, with the same
  /// chain, which no branch leads to.
  ///
  /// - Parameter replacing: whether a material of that name may give way; its commit stays in the
  ///   store, and `undo` brings the name back.
  /// - Throws: ``LedgerError/materialExists(kind:name:)``, ``LedgerError/invalidName(name:reason:)``,
  ///   ``LedgerError/missingObject(type:id:)``, ``LedgerError/referenceMoved(name:by:)``,
  ///   ``ObjectStoreError``.
  @discardableResult
  package func keep(
    _ draft: MaterialDraft, replacing: Bool, _ context: OperationContext
  ) throws -> CommitID {
    let view = try view()
    let reference = try view.requireNew(draft.name, of: draft.kind, replacing: replacing)
    let old = try view.snapshot.reference(reference)
    let parent = try view.commit(draft.parent)
    let commit = try sealed(
      Commit(
        parents: [draft.parent], model: parent.model, chain: parent.chain, time: context.time,
        author: context.author, operation: draft.kind.operation, message: draft.message,
        recipe: draft.recipe, attachments: draft.attachments, metrics: draft.metrics,
        stateDigests: parent.stateDigests))
    let encoded = try commit.encoded()
    try record([.init(name: reference, old: old, new: .commit(encoded.id))], context) {
      transaction in
      try requireNamedObjects(of: commit, in: transaction)
      try transaction.put(encoded)
    }
    return encoded.id
  }

  /// Deletes a material's name; its commit stays, and `undo` brings the name back.
  ///
  /// - Throws: ``LedgerError/noSuchMaterial(kind:name:suggestions:)``,
  ///   ``LedgerError/referenceMoved(name:by:)``, ``ObjectStoreError``.
  package func deleteMaterial(
    _ name: String, of kind: MaterialKind, _ context: OperationContext
  ) throws {
    let view = try view()
    let reference = try LedgerNames.material(name, of: kind)
    guard let value = try view.snapshot.reference(reference) else {
      throw try view.noSuchMaterial(name, of: kind)
    }
    try record([.init(name: reference, old: value, new: nil)], context)
  }
}

extension LedgerView {
  /// Refuses what cannot be the name of a new material.
  ///
  /// - Parameter replacing: whether one of that name may give way.
  /// - Returns: the reference of that name.
  /// - Throws: ``LedgerError/materialExists(kind:name:)``, ``LedgerError/invalidName(name:reason:)``,
  ///   ``ObjectStoreError``.
  @discardableResult
  package func requireNew(
    _ name: String, of kind: MaterialKind, replacing: Bool
  ) throws -> ReferenceName {
    let reference = try LedgerNames.material(name, of: kind)
    guard try replacing || snapshot.reference(reference) == nil else {
      throw LedgerError.materialExists(kind: kind, name: name)
    }
    return reference
  }

  /// The materials of a kind, by name.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func materials(_ kind: MaterialKind) throws -> [Material] {
    try snapshot.references(withPrefix: kind.referencePrefix).compactMap { name, value in
      try material(
        of: kind, name: String(name.text.dropFirst(kind.referencePrefix.count)), at: peel(value))
    }
  }

  /// The material of a name, or of the commit that a revision tells.
  ///
  /// - Throws: ``LedgerError/noSuchMaterial(kind:name:suggestions:)``,
  ///   ``LedgerError/ambiguousRevision(text:candidates:)``, ``ObjectStoreError``.
  package func material(_ text: String, of kind: MaterialKind) throws -> Material {
    if let reference = try? LedgerNames.material(text, of: kind),
      let value = try snapshot.reference(reference),
      let found = try material(of: kind, name: text, at: peel(value))
    {
      return found
    }
    do {
      let id = try resolve(text)
      if let found = try material(of: kind, name: nil, at: id) { return found }
    } catch LedgerError.unknownRevision, LedgerError.invalidRevision {
      // Told below with the names of materials.
    }
    throw try noSuchMaterial(text, of: kind)
  }

  private func material(
    of kind: MaterialKind, name: String?, at id: CommitID
  ) throws -> Material? {
    let commit = try self.commit(id)
    guard commit.operation == kind.operation,
      let attachment = commit.attachments[kind.attachmentName]
    else { return nil }
    return Material(
      kind: kind, name: name, commitID: id, commit: commit, attachment: attachment)
  }

  func noSuchMaterial(_ text: String, of kind: MaterialKind) throws -> LedgerError {
    let names = try snapshot.references(withPrefix: kind.referencePrefix).map {
      String($0.name.text.dropFirst(kind.referencePrefix.count))
    }
    return .noSuchMaterial(
      kind: kind, name: text, suggestions: Suggestions.likeliest(for: text, among: names))
  }
}
