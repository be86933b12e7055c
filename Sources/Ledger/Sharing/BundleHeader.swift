package import ObjectModel
package import ObjectStore

/// What a bundle is for: references to be had by it, and what it takes for granted.
package struct BundleHeader: CanonicalObject {
  package static let typeName = "bundle"

  /// A name with the commit or tag that it stands for.
  package struct NamedReference: Hashable, Sendable {
    package let name: ReferenceName
    package let value: Reference

    package init(name: ReferenceName, value: Reference) {
      self.name = name
      self.value = value
    }
  }

  /// Sorted by name, each once.
  package var references: [NamedReference]
  /// Commits that are not in the bundle and must be where it goes, sorted.
  package var prerequisites: [CommitID]
  /// Models that are not in it, where histories travel without their weights, sorted.
  package var models: [ModelID]

  package func write(to writer: inout CanonicalWriter) {
    for reference in references {
      switch reference.value {
      case .commit(let id):
        writer.field("reference", .text(reference.name.text), .token("commit"), .identifier(id))
      case .tag(let id):
        writer.field("reference", .text(reference.name.text), .token("tag"), .identifier(id))
      case .symbolic: break
      }
    }
    for commit in prerequisites { writer.field("requires", .identifier(commit)) }
    for model in models { writer.field("requires-model", .identifier(model)) }
  }

  package init(
    references: [NamedReference], prerequisites: [CommitID] = [], models: [ModelID] = []
  ) {
    self.references = references.sorted { $0.name < $1.name }
    self.prerequisites = prerequisites.sorted()
    self.models = models.sorted()
  }

  package init(from reader: inout CanonicalReader) throws {
    references = try reader.fields("reference") { values in
      let text = try values.text()
      guard let name = ReferenceName(text) else { throw values.malformed("not a reference's name") }
      switch try values.token() {
      case "commit": return NamedReference(name: name, value: .commit(try values.identifier()))
      case "tag": return NamedReference(name: name, value: .tag(try values.identifier()))
      default: throw values.malformed("neither a commit nor a tag")
      }
    }
    prerequisites = try reader.fields("requires") { try $0.identifier() }
    models = try reader.fields("requires-model") { try $0.identifier() }
  }

  package func validate() throws {
    for (reference, next) in zip(references, references.dropFirst())
    where !(reference.name < next.name) {
      throw invalid("references are not sorted by their names")
    }
    for (commit, next) in zip(prerequisites, prerequisites.dropFirst()) where !(commit < next) {
      throw invalid("prerequisites are not sorted")
    }
    for (model, next) in zip(models, models.dropFirst()) where !(model < next) {
      throw invalid("models are not sorted")
    }
    for reference in references where !LedgerNames.isUsable(reference.name, for: reference.value) {
      throw invalid("a reference that bundles do not carry")
    }
  }
}

extension LedgerNames {
  package static let remotePrefix = "refs/remotes/"

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
