import Ledger
import ObjectModel
import ObjectStore
import Synchronization

/// What other stores send.
enum SharingRules {
  private struct Bytes {
    var rest: ArraySlice<UInt8>

    mutating func take(_ count: Int) -> [UInt8] {
      let taken = Array(rest.prefix(count))
      rest = rest.dropFirst(count)
      return taken
    }
  }

  private static let seen = Mutex<StoreStatistics?>(nil)

  private static var context: OperationContext {
    OperationContext(command: "fuzz", author: "Eve", time: 0)
  }

  /// Whatever a bundle has in it, the store is whole after it.
  static func takeIn(_ bytes: [UInt8]) {
    var source = Bytes(rest: bytes[...])
    let ledger = SmallStore.shared.ledger
    guard var reader = try? PackReader(read: { source.take($0) }) else { return }
    _ = try? ledger.unbundle(&reader, from: "eve", context)
    expectWhole(ledger)
  }

  /// Somebody at the other end who says what is in the bytes, whatever he hears.
  private final class Speaker: ByteChannel {
    private var bytes: Bytes

    init(afterGreeting bytes: [UInt8]) {
      self.bytes = Bytes(rest: Array("rledwire".utf8) + [1, 0, 0, 0] + bytes)
    }

    func read(_ count: Int) -> [UInt8] { bytes.take(count) }

    func write(_ bytes: UnsafeRawBufferPointer) {}
  }

  static func serve(_ bytes: [UInt8]) {
    let ledger = SmallStore.shared.ledger
    try? WireServer(ledger, on: Speaker(afterGreeting: bytes)) { _ in context }.serve()
    expectWhole(ledger)
  }

  static func fetch(_ bytes: [UInt8]) {
    let ledger = SmallStore.shared.ledger
    if let remote = try? WireRemote(on: Speaker(afterGreeting: bytes)) {
      _ = try? ledger.fetch(from: remote, as: "eve", context) { _, _ in }
    }
    expectWhole(ledger)
  }

  /// A full check costs time by what is in the store, so it is made where something has come in.
  private static func expectWhole(_ ledger: Ledger) {
    do {
      let now = try ledger.store.statistics()
      guard now != seen.withLock({ $0 }) else { return }
      seen.withLock { $0 = now }
      let report = try ledger.check(full: true)
      require(report.isSound, "the store is not whole: \(report.faults)")
    } catch {
      require(false, "the store cannot be read: \(error)")
    }
  }
}
