import ObjectModel
import ObjectStore

/// What the packs of a depot hold, and what a push adds to them.
struct DepotContents {
  /// The index of the pack in which a thing is.
  private var places: [PackItem: ContentHash] = [:]
  private var indexes: Set<ContentHash> = []
  /// In the order in which they build on each other.
  private(set) var added: [ContentHash] = []

  init(_ listed: [(name: ContentHash, index: DepotIndex)]) {
    for (name, index) in listed { take(name, index) }
  }

  private mutating func take(_ name: ContentHash, _ index: DepotIndex) {
    indexes.insert(name)
    for item in index.items where places[item] == nil { places[item] = name }
  }

  func has(index: ContentHash) -> Bool { indexes.contains(index) }

  func missing(of inventory: Inventory) -> Inventory {
    Inventory(inventory.entries.filter { places[$0.item] == nil })
  }

  mutating func add(_ name: ContentHash, _ index: DepotIndex) {
    take(name, index)
    added.append(name)
  }

  /// Takes packs that are there and that no state lists, where they have something that is missing, and
  /// all that they build on is there too.
  mutating func adopt(
    _ left: [(name: ContentHash, index: DepotIndex)], for missing: Inventory
  ) {
    let missing = Set(missing.entries.map(\.item))
    var waiting = left
    while true {
      let (ready, others) = waiting.split { entry in
        entry.index.requires.allSatisfy { indexes.contains($0) }
      }
      // A pack that only others build on is of use too.
      for (name, index) in ready
      where index.items.contains(where: { missing.contains($0) && places[$0] == nil }) {
        add(name, index)
      }
      guard !ready.isEmpty, others.count < waiting.count else { return }
      waiting = others
    }
  }

  /// The indexes of the packs with what entries name and are not themselves.
  ///
  /// - Throws: ``ObjectStoreError``.
  func required(
    by part: ArraySlice<Inventory.Entry>, in view: LedgerView
  ) throws -> Set<ContentHash> {
    let own = Set(part.map(\.item))
    var required: Set<ContentHash> = []
    for case .object(let id) in part.map(\.item) {
      guard let type = try view.snapshot.typeName(ofObject: id) else { continue }
      let links = try ObjectInspection.links(of: id, type: type, in: view.snapshot)
      let items =
        links.objects.map { PackItem.object($0.id) }
        + links.blobs.flatMap(\.chunks).map { PackItem.chunk($0) }
      for item in items where !own.contains(item) {
        if let place = places[item] { required.insert(place) }
      }
    }
    return required
  }
}

extension Array {
  /// The elements that fulfil a condition, and the others.
  fileprivate func split(_ condition: (Element) -> Bool) -> ([Element], [Element]) {
    (filter(condition), filter { !condition($0) })
  }
}
