import ArgumentParser
import Ledger

/// What the verbs that make materials do beside that: list those of their kind, or delete one.
struct KeptMaterialOptions: ParsableArguments {
  @Flag(help: "List those that there are.")
  var list = false

  @Option(help: .init("Delete one. Its commit stays, and undo brings it back.", valueName: "name"))
  var delete: String?

  /// How many of the two are asked for.
  var count: Int { (list ? 1 : 0) + (delete == nil ? 0 : 1) }

  /// Does what is asked for.
  ///
  /// - Throws: `LedgerError` where the name is of none, `ObjectStoreError`.
  func serve(_ kind: MaterialKind, in repository: Repository, _ global: GlobalOptions) throws {
    if list {
      let view = try repository.ledger.view()
      let items = try view.materials(kind).map { material in
        MaterialListReport.Item(
          material, curvature: kind == .covariance ? try view.hasCurvature(material) : nil)
      }
      try global.terminal.show(MaterialListReport(kind: kind, items: items), as: global)
    }
    if let delete {
      try repository.ledger.deleteMaterial(delete, of: kind, repository.context())
      try global.terminal.show(MessageReport("Deleted \(delete).", name: delete), as: global)
    }
  }
}
