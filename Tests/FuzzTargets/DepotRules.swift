import Ledger
import ObjectModel
import ObjectStore

/// What is read from a depot, which anyone may have written to who can.
enum DepotRules {
  static func check(_ bytes: [UInt8]) {
    ObjectRules.check(bytes, as: DepotIndex.self)
    guard let state = ObjectRules.check(bytes, as: DepotState.self) else { return }
    var other = other
    other.generation = state.generation
    for joined in [state.joined(with: other, base: nil), other.joined(with: state, base: nil)] {
      let values = Set(joined.references.map(\.value))
      require(
        (state.references + other.references).allSatisfy { values.contains($0.value) },
        "joining two states lost a reference")
      require(
        Set(joined.indexes) == Set(state.indexes + other.indexes), "joining two states lost a pack")
      require(
        (try? joined.encoded()).map { (try? DepotState.decode($0.text)) != nil } ?? false,
        "two states were joined to one that cannot be read")
    }
  }

  /// Names that others are likely to have as well.
  private static let other: DepotState = {
    func reference(_ name: String, _ value: Reference) -> NamedReference? {
      ReferenceName(name).map { NamedReference(name: $0, value: value) }
    }
    let digest = Digest256(words: [1, 2, 3, 4])
    return DepotState(
      generation: 1, parents: [], head: "main",
      references: [
        reference("refs/heads/main", .commit(CommitID(digest))),
        reference("refs/heads/side", .commit(CommitID(digest))),
        reference("refs/tags/v1", .tag(TagID(digest))),
      ].compactMap { $0 },
      indexes: [ContentHash(digest)])
  }()
}
