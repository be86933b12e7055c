package import ObjectModel
package import ObjectStore

/// A store that another program answers for; see ``WireServer``.
package final class WireRemote: RemoteStore {
  private let connection: WireConnection

  /// - Throws: ``WireError``, what the channel throws.
  package init(on channel: any ByteChannel) throws {
    connection = WireConnection(channel, listensForReasons: true)
    // The server begins: what is no server may be gone before it hears anything.
    try connection.expectGreeting()
    try connection.greet()
  }

  package func listing() throws -> RemoteListing {
    try connection.send(.list)
    return try connection.decode(RemoteListing.self, connection.expect(.listing))
  }

  package func bring(
    _ references: [NamedReference], known: [CommitID], into store: ObjectStore,
    progress: TransferProgress
  ) throws -> PackReport {
    try connection.send(
      .want, BundleHeader(references: references, prerequisites: known).encoded().text)
    let inventory = try connection.receiveInventory()
    let missing = try inventory.missing(in: store.snapshot())
    try connection.send(missing: missing, of: inventory)
    let total = missing.byteCount
    var expected = Set(missing.entries.map(\.item))
    var report = PackReport()
    func admit(_ item: PackItem) throws {
      guard expected.remove(item) != nil else { throw WireError.unasked(item) }
    }
    var lacking: PackError?
    try receivePacks { reader in
      let before = report.bytes
      do {
        report.add(
          try store.receive(&reader, admit: admit) { try progress(before + $0, total) })
      } catch let error as PackError where error.isOfSomethingMissing {
        // The other side goes on sending, and is to be heard out before it can be asked again.
        lacking = lacking ?? error
        while let entry = try reader.next() { try entry.item.map(admit) }
      }
    }
    if let lacking { throw lacking }
    return report
  }

  /// Asks for the whole inventory of what is listed there, and then for these things alone.
  package func packs(
    with items: Set<PackItem>, _ take: (_ pack: inout PackReader, _ total: Int) throws -> Void
  ) throws {
    let references = try listing().references
    guard !references.isEmpty else { return }
    try connection.send(.want, BundleHeader(references: references).encoded().text)
    let inventory = try connection.receiveInventory()
    let found = Inventory(inventory.entries.filter { items.contains($0.item) })
    try connection.send(missing: found, of: inventory)
    try receivePacks { try take(&$0, found.byteCount) }
  }

  private func receivePacks(_ take: (inout PackReader) throws -> Void) throws {
    while true {
      guard let frame = try connection.next() else { throw WireError.ended }
      if frame.kind == .done { return }
      guard frame.kind == .pack else {
        throw WireError.unexpected(kind: Int(frame.kind.rawValue))
      }
      var reader = try connection.packReader()
      try take(&reader)
    }
  }

  package func put(
    _ pushed: [PushedReference], from view: LedgerView, known: [CommitID],
    _ context: OperationContext, progress: TransferProgress
  ) throws -> PackReport {
    let inventory = try view.inventory(of: pushed.compactMap(\.new), excluding: known)
    try connection.send(.offer)
    try connection.send(inventory)
    let missing = try connection.receiveMissing(of: inventory)
    let total = missing.byteCount
    var report = PackReport()
    for part in missing.parts() {
      let before = report.bytes
      try connection.sendPack(part, of: view.renewed()) { try progress(before + $0, total) }
      let counts = try connection.expect(.taken)
      guard counts.count == 8 else { throw WireError.malformed(reason: "no report of a pack") }
      report.add(
        PackReport(
          newObjects: Int(UInt32(littleEndianBytes: counts.prefix(4))),
          newChunks: Int(UInt32(littleEndianBytes: counts.suffix(4))),
          bytes: part.reduce(0) { $0 + $1.byteCount }))
    }
    let operation = LoggedOperation(
      time: context.time, command: context.command,
      changes: pushed.map { .init(name: $0.name, old: $0.old, new: $0.new) })
    try connection.send(.move, operation.encoded().text)
    _ = try connection.expect(.moved)
    return report
  }
}
