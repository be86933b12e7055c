package import ObjectModel

/// Prompts whose answers an edit should leave as they are.
package struct PreservedPrompts: Sendable, Equatable {
  /// More than this many are thinned out evenly: the solve grows with their square.
  package static let limit = 300

  package let prompts: [String]

  package init(_ prompts: [String]) {
    self.prompts = prompts
  }

  /// The prompts of the records in `source` that the edited records do not hold in any role, so that
  /// what is measured on those prompts was not shown to the editor.
  package init(of source: [EditRecord], without edited: [EditRecord]) {
    var seen = Set(edited.flatMap(Self.prompts))
    let fresh = source.flatMap(Self.prompts).filter { seen.insert($0).inserted }
    prompts =
      fresh.count <= Self.limit
      ? fresh : (0..<Self.limit).map { fresh[$0 * fresh.count / Self.limit] }
  }

  private static func prompts(of record: EditRecord) -> [String] {
    [record.prompt] + record.rephrasings + record.locality.map(\.prompt)
  }
}
