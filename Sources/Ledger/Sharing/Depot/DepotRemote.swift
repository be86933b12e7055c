package import ObjectModel
package import ObjectStore

/// A store kept as packs in object storage, where no program of ours runs.
package final class DepotRemote: RemoteStore {
  private static let attempts = 5

  private let depot: Depot
  private let waiting: () -> Void

  /// - Parameter waiting: called once where another push has to be waited for.
  /// - Throws: ``DepotError/noRoom(path:)``.
  package init(_ storage: any ObjectStorage, waiting: @escaping () -> Void = {}) throws {
    depot = try Depot(storage)
    self.waiting = waiting
  }

  package func listing() throws -> RemoteListing {
    try depot.current()?.state.listing ?? RemoteListing()
  }

  // MARK: Getting

  /// Gets the packs that hold what references name and those that these build on, but for packs of which
  /// all is here.
  package func bring(
    _ references: [NamedReference], known: [CommitID], into store: ObjectStore,
    progress: TransferProgress
  ) throws -> PackReport {
    guard let state = try depot.current()?.state else { return PackReport() }
    let indexes = try depot.indexes(state.indexes, cache: cache(of: store))
    let needed = needed(references, indexes)
    let snapshot = try store.snapshot()
    let wanted = try indexes.filter { name, index in
      try needed.contains(name)
        && index.items.contains { try snapshot.byteCount(of: $0) == nil }
    }
    let total = wanted.reduce(0) { $0 + $1.index.byteCount }
    var report = PackReport()
    for (_, index) in wanted {
      let before = report.bytes
      report.add(try depot.takeIn(index, into: store) { try progress(before + $0, total) })
    }
    return report
  }

  /// The first listed pack of each thing.
  package func packs(
    with items: Set<PackItem>, _ take: (_ pack: inout PackReader, _ total: Int) throws -> Void
  ) throws {
    guard let state = try depot.current()?.state else { return }
    var left = items
    let wanted = try depot.indexes(state.indexes, cache: depot.folder).map(\.index).filter {
      let found = left.intersection($0.items)
      left.subtract(found)
      return !found.isEmpty
    }
    let total = wanted.reduce(0) { $0 + $1.byteCount }
    for index in wanted { try depot.read(index) { try take(&$0, total) } }
  }

  /// The indexes of packs that have what references name, and of all that these build on.
  private func needed(
    _ references: [NamedReference], _ indexes: [(name: ContentHash, index: DepotIndex)]
  ) -> Set<ContentHash> {
    let starts = Set(
      references.compactMap { ObjectInspection.link(of: $0.value) }.map { PackItem.object($0.id) })
    var needed: Set<ContentHash> = []
    // What a pack builds on stands before it.
    for (name, index) in indexes.reversed()
    where needed.contains(name) || index.items.contains(where: { starts.contains($0) }) {
      needed.insert(name)
      needed.formUnion(index.requires)
    }
    return needed
  }

  private func cache(of store: ObjectStore) -> String { store.path + "/indexes" }

  // MARK: Putting

  /// Puts packs, then their indexes, then a state in which references have moved: each after what it
  /// builds on is there.
  package func put(
    _ pushed: [PushedReference], from view: LedgerView, known: [CommitID],
    _ context: OperationContext, progress: TransferProgress
  ) throws -> PackReport {
    let state = try depot.current()?.state
    let listed = try depot.indexes(
      state?.indexes ?? [], cache: cache(of: view.snapshot.store))
    var contents = DepotContents(listed)
    let inventory = try view.inventory(of: pushed.compactMap(\.new), excluding: known)
    let report = try upload(inventory, of: view, to: &contents, progress: progress)
    try move(pushed, from: view, adding: contents.added)
    return report
  }

  private func upload(
    _ inventory: Inventory, of view: LedgerView, to contents: inout DepotContents,
    progress: TransferProgress
  ) throws -> PackReport {
    var missing = contents.missing(of: inventory)
    guard !missing.entries.isEmpty else { return PackReport() }
    let cache = cache(of: view.snapshot.store)
    let packs = Set(try depot.storage.list(DepotFolder.packs.rawValue))
    // What pushes that broke off have left, this one's own among them.
    let left = try depot.storage.list(DepotFolder.indexes.rawValue)
      .compactMap { ContentHash(hex: $0) }.filter { !contents.has(index: $0) }
    contents.adopt(
      try depot.indexes(left.sorted(), cache: cache, passingOver: true)
        .filter { packs.contains($0.index.pack.hex) }, for: missing)
    missing = contents.missing(of: inventory)
    let total = missing.byteCount
    var report = PackReport()
    for part in missing.parts() {
      let view = try view.renewed()
      let (name, index) = try depot.put(
        part, of: view, requires: contents.required(by: part, in: view), packs: packs, cache: cache)
      contents.add(name, index)
      let objects = part.count { if case .object = $0.item { true } else { false } }
      report.add(
        PackReport(
          newObjects: objects, newChunks: part.count - objects, bytes: index.byteCount))
      try progress(report.bytes, total)
    }
    return report
  }

  /// Adds the next state, by which references move from what they were seen to be.
  private func move(
    _ pushed: [PushedReference], from view: LedgerView, adding indexes: [ContentHash]
  ) throws {
    for _ in 0..<Self.attempts {
      let lock = try DepotLock(of: depot.storage, folder: depot.folder, waiting: waiting)
      defer { lock.release() }
      let current = try depot.current()
      var next =
        try current?.state
        ?? DepotState(
          generation: 0, parents: [], head: view.listing().head, references: [], indexes: [])
      for reference in pushed where next[reference.name] != reference.old {
        throw LedgerError.overtaken(name: reference.name.text, by: nil)
      }
      let moved = Set(pushed.map(\.name))
      next.references = next.references.filter { !moved.contains($0.name) }
      next.references += pushed.compactMap { reference in
        reference.new.map { NamedReference(name: reference.name, value: $0) }
      }
      next.references.sort { $0.name < $1.name }
      next.parents = (current?.names ?? []).map(\.hash).sorted()
      next.generation += 1
      let listed = Set(next.indexes)
      next.indexes += indexes.filter { !listed.contains($0) }
      guard lock.isValid else { continue }
      let result = try depot.add(next)
      // Somebody got past the lock and has the name; what was pushed is kept beside it.
      for reference in pushed where result[reference.name] != reference.new {
        throw LedgerError.overtaken(name: reference.name.text, by: nil)
      }
      return
    }
    throw DepotError.locked
  }
}
