package import ObjectModel
package import ObjectStore

/// A store that this process has open as another one.
package struct LocalRemote: RemoteStore {
  private let ledger: Ledger

  package init(_ ledger: Ledger) {
    self.ledger = ledger
  }

  package func listing() throws -> RemoteListing { try ledger.view().listing() }

  package func bring(
    _ references: [NamedReference], known: [CommitID], into store: ObjectStore,
    progress: TransferProgress
  ) throws -> PackReport {
    let view = try ledger.view()
    let excluded = try known.filter { try view.snapshot.contains($0) }
    return try carry(
      view.inventory(of: references.map(\.value), excluding: excluded), from: view, into: store,
      progress: progress)
  }

  package func put(
    _ pushed: [PushedReference], from view: LedgerView, known: [CommitID],
    _ context: OperationContext, progress: TransferProgress
  ) throws -> PackReport {
    let pack = try carry(
      view.inventory(of: pushed.compactMap(\.new), excluding: known), from: view,
      into: ledger.store, progress: progress)
    try ledger.receive(pushed, context)
    return pack
  }

  /// What is damaged there, too, is not among them.
  package func packs(
    with items: Set<PackItem>, _ take: (_ pack: inout PackReader, _ total: Int) throws -> Void
  ) throws {
    let view = try ledger.view()
    let inventory = Inventory(
      try items.compactMap { item in
        try Task.checkCancellation()
        return try view.snapshot.soundBytes(of: item).map {
          .init(item: item, byteCount: $0.count)
        }
      })
    let total = inventory.byteCount
    for part in inventory.parts() {
      var reader = try pack(part, of: view)
      try take(&reader, total)
    }
  }

  private func pack(
    _ part: ArraySlice<Inventory.Entry>, of view: LedgerView
  ) throws -> PackReader {
    let pack = MemoryPack()
    try view.renewed().writePack(part) { pack.bytes += $0 }
    return try PackReader(read: pack.read)
  }

  /// Carries what is missing by packs in memory, so that it is checked as if it came from afar.
  private func carry(
    _ inventory: Inventory, from view: LedgerView, into store: ObjectStore,
    progress: TransferProgress
  ) throws -> PackReport {
    let missing = try inventory.missing(in: store.snapshot())
    let total = missing.byteCount
    var report = PackReport()
    for part in missing.parts() {
      var reader = try pack(part, of: view)
      let before = report.bytes
      report.add(
        try store.receive(
          &reader,
          progress: {
            try Task.checkCancellation()
            try progress(before + $0, total)
          }))
    }
    return report
  }
}

/// A pack that is written and then read.
private final class MemoryPack {
  var bytes: [UInt8] = []
  private var position = 0

  func read(_ count: Int) -> [UInt8] {
    let piece = Array(bytes[position..<min(bytes.count, position + count)])
    position += piece.count
    return piece
  }
}
