import ArgumentParser
import ObjectStore

/// `rledit compact`
struct CompactCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Write the store's file anew, without the room that nothing uses.",
    discussion: """
      No other command may be using the store meanwhile; one that starts waits. The new file needs room \
      beside the old one until it takes its place, and a kill at any moment leaves one of the two.
      """)

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let path = try StoreLocation.find(global.store)
    let (before, after) = try ObjectStore.compact(at: path)
    try global.terminal.show(CompactReport(bytesBefore: before, bytesAfter: after), as: global)
  }
}

private struct CompactReport: Report {
  let bytesBefore: Int
  let bytesAfter: Int

  func print(on terminal: Terminal) throws {
    try terminal.print(
      "\(Quantity.bytes(bytesBefore)) before, \(Quantity.bytes(bytesAfter)) now.")
  }
}
