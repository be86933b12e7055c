package import ObjectModel

/// What a bundle is for: references to be had by it, and what it takes for granted.
package struct BundleHeader: CanonicalObject {
  package static let typeName = "bundle"

  /// Sorted by name, each once.
  package var references: [NamedReference]
  /// Commits that are not in the bundle and must be where it goes, sorted.
  package var prerequisites: [CommitID]
  /// Models that are not in it, where histories travel without their weights, sorted.
  package var models: [ModelID]

  package func write(to writer: inout CanonicalWriter) {
    writer.references(references)
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
    references = try reader.references()
    prerequisites = try reader.fields("requires") { try $0.identifier() }
    models = try reader.fields("requires-model") { try $0.identifier() }
  }

  package func validate() throws {
    if let fault = NamedReference.fault(in: references) { throw invalid(fault) }
    for (commit, next) in zip(prerequisites, prerequisites.dropFirst()) where !(commit < next) {
      throw invalid("prerequisites are not sorted")
    }
    for (model, next) in zip(models, models.dropFirst()) where !(model < next) {
      throw invalid("models are not sorted")
    }
  }
}
