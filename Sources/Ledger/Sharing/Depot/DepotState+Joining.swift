import ObjectModel
import ObjectStore

extension DepotState {
  /// Joins two states of one generation, which is what is left where two pushes got past each other's
  /// locks. Nothing is lost: a name that both moved stays with the first, and what the second had there is
  /// under NAME-XXXXXXXX, the beginning of its id. Whoever joins them gets the same.
  ///
  /// - Parameter base: the state that both follow, where it is known.
  func joined(with other: DepotState, base: DepotState?) -> DepotState {
    var names: [ReferenceName: Reference] = [:]
    for reference in references { names[reference.name] = reference.value }
    for reference in other.references {
      let (name, theirs) = (reference.name, reference.value)
      guard let ours = names[name], ours != theirs else {
        names[name] = theirs
        continue
      }
      switch base?[name] {
      case ours: names[name] = theirs
      case theirs: break
      default:
        if let aside = ReferenceName("\(name.text)-\(theirs.targetHex.prefix(8))"),
          LedgerNames.isUsable(aside, for: theirs)
        {
          names[aside] = theirs
        }
      }
    }
    let known = Set(indexes)
    return DepotState(
      generation: generation, parents: [], head: head ?? other.head,
      references: names.map { NamedReference(name: $0, value: $1) },
      indexes: indexes + other.indexes.filter { !known.contains($0) })
  }
}

extension Reference {
  /// The id that it stands for.
  fileprivate var targetHex: String {
    switch self {
    case .commit(let id): id.hex
    case .tag(let id): id.hex
    case .symbolic(let name): name.text
    }
  }
}
