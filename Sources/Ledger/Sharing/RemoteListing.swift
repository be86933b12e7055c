package import ObjectModel
package import ObjectStore

/// What another store has under which names.
package struct RemoteListing: CanonicalObject {
  package static let typeName = "listing"

  /// The branch that the other store is on, if it is on one.
  package var head: String?
  /// Sorted by name, each once.
  package var references: [NamedReference]

  package init(head: String? = nil, references: [NamedReference] = []) {
    self.head = head
    self.references = references.sorted { $0.name < $1.name }
  }

  package func write(to writer: inout CanonicalWriter) {
    if let head { writer.field("head", .text(head)) }
    writer.references(references)
  }

  package init(from reader: inout CanonicalReader) throws {
    head = try reader.optionalField("head") { try $0.text() }
    references = try reader.references()
  }

  package func validate() throws {
    if let head, (try? LedgerNames.branch(head)) == nil { throw invalid("no name of a branch") }
    if let fault = NamedReference.fault(in: references) { throw invalid(fault) }
  }

  package subscript(name: ReferenceName) -> Reference? {
    references.first { $0.name == name }?.value
  }

  /// The reference that a user means: a branch, a tag or a full name.
  ///
  /// - Throws: ``LedgerError/notThere(name:suggestions:)``,
  ///   ``LedgerError/ambiguousRevision(text:candidates:)``.
  func name(of text: String) throws -> ReferenceName {
    let texts =
      text.hasPrefix("refs/")
      ? [text] : [LedgerNames.branchPrefix + text, LedgerNames.tagPrefix + text]
    let candidates = texts.compactMap { ReferenceName($0) }
    let found = references.map(\.name).filter { candidates.contains($0) }
    guard let name = found.first else {
      throw LedgerError.notThere(
        name: text,
        suggestions: Suggestions.likeliest(
          for: text, among: references.compactMap { LedgerNames.branchName($0.name) }))
    }
    guard found.count == 1 else {
      throw LedgerError.ambiguousRevision(text: text, candidates: found.map(\.text))
    }
    return name
  }
}

extension LedgerView {
  /// What this ledger shows to others.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func listing() throws -> RemoteListing {
    var head: String?
    if case .branch(let name, _)? = try? self.head() { head = name }
    return RemoteListing(
      head: head,
      references: try snapshot.references()
        .filter { LedgerNames.isShared($0.name) && LedgerNames.isUsable($0.name, for: $0.value) }
        .map { NamedReference(name: $0.name, value: $0.value) })
  }

  /// The commits that references here lead to, each once, sorted.
  ///
  /// - Throws: ``ObjectStoreError``.
  func tips() throws -> [CommitID] {
    Set(try snapshot.references().compactMap { try? peel($0.value) }).sorted()
  }

  /// Of the commits that another store's references stand for, those that are here.
  ///
  /// - Throws: ``ObjectStoreError``.
  package func known(of listing: RemoteListing) throws -> [CommitID] {
    let commits = try listing.references.compactMap { reference in
      guard let link = ObjectInspection.link(of: reference.value),
        try snapshot.typeName(ofObject: link.id) == link.type
      else { return nil as CommitID? }
      return try peel(reference.value)
    }
    return try Set(commits).sorted().filter { try snapshot.contains($0) }
  }
}
