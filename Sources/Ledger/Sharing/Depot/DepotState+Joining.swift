import ObjectModel
import ObjectStore

extension DepotState {
  /// Joins two states of one generation, which is what is left where two pushes got past each other's
  /// locks. Nothing is lost: a name that both moved stays with the first, and what the second had there is
  /// under NAME-XXXXXXXX, the beginning of its id, or more of it where that is somebody else's; a name that
  /// is too long for that is cut. A name that one took out is gone where the other did not move it. Whoever
  /// joins them gets the same.
  ///
  /// - Parameter base: the state that both follow, where it is known.
  package func joined(with other: DepotState, base: DepotState?) -> DepotState {
    var names = values
    let (otherValues, baseValues) = (other.values, base?.values ?? [:])
    for name in Set(names.keys).union(otherValues.keys).sorted() {
      let (ours, theirs, before) = (names[name], otherValues[name], baseValues[name])
      if theirs == ours || theirs == before { continue }
      if ours == nil || ours == before {
        names[name] = theirs
      } else if let theirs {
        names[Self.aside(from: name, for: theirs, in: names)] = theirs
      }
    }
    let known = Set(indexes)
    return DepotState(
      generation: generation, parents: [], head: head ?? other.head,
      references: names.map { NamedReference(name: $0, value: $1) },
      indexes: indexes + other.indexes.filter { !known.contains($0) })
  }
}

extension DepotState {
  /// What its names stand for.
  private var values: [ReferenceName: Reference] {
    references.reduce(into: [:]) { $0[$1.name] = $1.value }
  }

  /// The name under which the second of two values stays.
  private static func aside(
    from name: ReferenceName, for value: Reference, in names: [ReferenceName: Reference]
  ) -> ReferenceName {
    for digits in 8...64 {
      let ending = "-" + value.targetHex.prefix(digits)
      var start = name.text
      while start.utf8.count + ending.utf8.count > 255 || start.hasSuffix(".") {
        start.removeLast()
      }
      if let aside = ReferenceName(start + ending), LedgerNames.isUsable(aside, for: value),
        names[aside] == nil || names[aside] == value
      {
        return aside
      }
    }
    // Not met: somebody would have to have given every beginning of this id to something else.
    return name
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
