import ObjectModel
package import ObjectStore

/// A name with the commit or tag that it stands for, as it travels.
package struct NamedReference: Hashable, Sendable {
  package let name: ReferenceName
  package let value: Reference

  package init(name: ReferenceName, value: Reference) {
    self.name = name
    self.value = value
  }

  /// What is wrong with references that came from elsewhere; `nil` where nothing is.
  static func fault(in references: [NamedReference]) -> String? {
    for (reference, next) in zip(references, references.dropFirst())
    where !(reference.name < next.name) {
      return "references are not sorted by their names"
    }
    guard references.allSatisfy({ LedgerNames.isUsable($0.name, for: $0.value) }) else {
      return "a reference that does not travel"
    }
    return nil
  }
}

extension CanonicalWriter {
  /// Writes a field `reference` for each.
  mutating func references(_ references: [NamedReference]) {
    for reference in references {
      switch reference.value {
      case .commit(let id):
        field("reference", .text(reference.name.text), .token("commit"), .identifier(id))
      case .tag(let id):
        field("reference", .text(reference.name.text), .token("tag"), .identifier(id))
      case .symbolic: break
      }
    }
  }
}

extension CanonicalReader {
  /// Reads the fields `reference`.
  mutating func references() throws -> [NamedReference] {
    try fields("reference") { values in
      let text = try values.text()
      guard let name = ReferenceName(text) else { throw values.malformed("not a reference's name") }
      switch try values.token() {
      case "commit": return NamedReference(name: name, value: .commit(try values.identifier()))
      case "tag": return NamedReference(name: name, value: .tag(try values.identifier()))
      default: throw values.malformed("neither a commit nor a tag")
      }
    }
  }
}

extension LedgerNames {
  package static let remotePrefix = "refs/remotes/"

  /// What the names of another store's branches begin with here.
  static func branchPrefix(of origin: String) -> String { "\(remotePrefix)\(origin)/" }

  /// Whether a name from elsewhere may become one here: it keeps the rules for names, so that none can
  /// pass for an id or for syntax, and stands for what such names stand for.
  static func isUsable(_ name: ReferenceName, for value: Reference) -> Bool {
    func rest(_ prefix: String) -> String? {
      name.text.hasPrefix(prefix) ? String(name.text.dropFirst(prefix.count)) : nil
    }
    if let tag = rest(tagPrefix) { return (try? self.tag(tag)) != nil }
    if name.text.hasPrefix(notePrefix), case .tag(let id) = value {
      return noted(by: name, as: id) != nil
    }
    guard case .commit = value else { return false }
    if let branch = branchName(name) { return (try? self.branch(branch)) != nil }
    return MaterialKind.allCases.contains { kind in
      rest(kind.referencePrefix).map { (try? material($0, of: kind)) != nil } ?? false
    }
  }

  /// Whether a reference travels: branches, tags, notes and materials do.
  package static func isShared(_ name: ReferenceName) -> Bool {
    let prefixes =
      [branchPrefix, tagPrefix, notePrefix] + MaterialKind.allCases.map(\.referencePrefix)
    return prefixes.contains { name.text.hasPrefix($0) && name.text.count > $0.count }
  }
}
