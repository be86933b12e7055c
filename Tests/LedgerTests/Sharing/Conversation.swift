import Foundation
import Ledger

/// What a conversation said to either side.
struct ConversationRecord {
  var toClient: [UInt8] = []
  var toServer: [UInt8] = []
}

/// Lets a client talk with a server for `fixture`.
@discardableResult
func converse(
  with fixture: Fixture, _ body: (WireRemote) throws -> Void
) throws -> ConversationRecord {
  let (up, down) = (MemoryPipe(), MemoryPipe())
  let client = MemoryChannel(input: down, output: up)
  let server = MemoryChannel(input: up, output: down)
  let ledger = fixture.ledger
  let finished = DispatchSemaphore(value: 0)
  Thread.detachNewThread {
    do {
      try WireServer.greet(on: server)
      try WireServer(ledger, on: server) {
        OperationContext(command: $0, author: "Bo", time: 1_800_000_000)
      }.serve()
    } catch {
      try? WireServer.refuse(on: server, code: 11, sentence: "\(error)", hint: nil)
    }
    server.close()
    finished.signal()
  }
  defer {
    client.close()
    finished.wait()
  }
  try body(WireRemote(on: client))
  client.close()
  return ConversationRecord(toClient: client.heard, toServer: server.heard)
}
