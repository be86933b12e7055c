import ObjectModel
import ObjectStore

/// Answers a program elsewhere that exchanges histories with a store here.
///
/// Nothing that comes in is believed: packs are hashed, commits are looked through, and references move
/// only from what they are.
package struct WireServer {
  private let ledger: Ledger
  private let connection: WireConnection
  /// Who asks, when, by which command: for the operation log.
  private let context: (_ command: String) -> OperationContext

  package init(
    _ ledger: Ledger, on channel: any ByteChannel,
    context: @escaping (_ command: String) -> OperationContext
  ) {
    self.ledger = ledger
    connection = WireConnection(channel)
    self.context = context
  }

  /// Says, before anything else, that this is a server.
  package static func greet(on channel: any ByteChannel) throws {
    try WireConnection(channel).greet()
  }

  /// Says why there is nobody to answer, or why the answers end.
  package static func refuse(
    on channel: any ByteChannel, code: Int, sentence: String, hint: String?
  ) throws {
    try WireConnection(channel).send(
      .failure, WireFailure(code: code, sentence: sentence, hint: hint).encoded().text)
  }

  /// Answers until the other side goes away.
  ///
  /// - Throws: ``WireError``, `PackError`, ``SharingError``, ``LedgerError``, ``ObjectStoreError``, what
  ///   the channel throws.
  package func serve() throws {
    try connection.expectGreeting()
    var shown: RemoteListing?
    while let request = try connection.next() {
      switch request.kind {
      case .list:
        let listing = try ledger.view().listing()
        try connection.send(.listing, listing.encoded().text)
        shown = listing
      case .want: try send(connection.decode(BundleHeader.self, request.body), of: shown)
      case .offer: try sendMissing()
      case .pack: try takeIn()
      case .move: try move(connection.decode(LoggedOperation.self, request.body))
      default: throw WireError.unexpected(kind: Int(request.kind.rawValue))
      }
    }
  }

  /// Sends what references lead to and the other side misses.
  private func send(_ wanted: BundleHeader, of shown: RemoteListing?) throws {
    // What was not shown is none of the other side's business.
    let names = Set(shown?.references ?? [])
    guard wanted.references.allSatisfy({ names.contains($0) }) else {
      throw WireError.malformed(reason: "references that were not listed")
    }
    // A view of its own for each pack, so that a slow line does not keep the store from using pages again.
    for part in try agree(wanted).parts() { try connection.sendPack(part, of: ledger.view()) }
    try connection.send(.done)
  }

  /// What is to be sent, after both sides have said what they have.
  private func agree(_ wanted: BundleHeader) throws -> Inventory {
    let view = try ledger.view()
    let known = try wanted.prerequisites.filter { try view.snapshot.contains($0) }
    let inventory = try view.inventory(
      of: wanted.references.map(\.value), excluding: known)
    try connection.send(inventory)
    return try connection.receiveMissing(of: inventory)
  }

  private func sendMissing() throws {
    let inventory = try connection.receiveInventory()
    try connection.send(
      missing: inventory.missing(in: ledger.store.snapshot()), of: inventory)
  }

  private func takeIn() throws {
    var reader = try connection.packReader()
    let report = try ledger.store.receive(&reader) { _ in try Task.checkCancellation() }
    try connection.send(
      .taken,
      [report.newObjects, report.newChunks].flatMap { UInt32($0).littleEndianBytes })
  }

  private func move(_ operation: LoggedOperation) throws {
    let named = try operation.changes.map { change in
      guard let value = change.new ?? change.old else {
        throw WireError.malformed(reason: "a reference that neither is nor is to be")
      }
      return NamedReference(name: change.name, value: value)
    }
    if let fault = NamedReference.fault(in: named) { throw WireError.malformed(reason: fault) }
    let pushed = operation.changes.map {
      PushedReference(name: $0.name, old: $0.old, new: $0.new)
    }
    try ledger.receive(pushed, context(String(operation.command.prefix(4096))))
    try connection.send(.moved)
  }
}
