import ObjectModel
import ObjectStore

extension WireConnection {
  /// Sends a pack of entries that follow each other in an inventory.
  ///
  /// - Parameter progress: called with the bytes of the entries sent so far.
  func sendPack(
    _ entries: ArraySlice<Inventory.Entry>, of view: LedgerView,
    progress: (_ bytes: Int) throws -> Void = { _ in }
  ) throws {
    try send(.pack)
    let output = PackOutput(self)
    try view.writePack(entries, progress: progress) { try output.write($0) }
    try output.flush()
    try send(.end)
  }

  /// A reader of the pack whose beginning has come.
  func packReader() throws -> PackReader {
    let input = PackInput(self)
    return try PackReader(read: input.read)
  }
}

/// Gathers the bytes of a pack into frames.
private final class PackOutput {
  private let connection: WireConnection
  private var waiting: [UInt8] = []

  init(_ connection: WireConnection) {
    self.connection = connection
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(WireFrame.pieceBytes - waiting.count)
      waiting += piece
      rest = rest.dropFirst(piece.count)
      if waiting.count == WireFrame.pieceBytes { try flush() }
    }
  }

  func flush() throws {
    if !waiting.isEmpty { try connection.send(.data, waiting) }
    waiting.removeAll(keepingCapacity: true)
  }
}

/// Takes the bytes of a pack out of frames.
private final class PackInput {
  private let connection: WireConnection
  private var piece: ArraySlice<UInt8> = []
  private var isAtEnd = false

  init(_ connection: WireConnection) {
    self.connection = connection
  }

  func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(count, WireFrame.pieceBytes))
    while bytes.count < count {
      if piece.isEmpty {
        guard !isAtEnd, let next = try next() else { break }
        piece = next
      }
      let part = piece.prefix(count - bytes.count)
      bytes += part
      piece = piece.dropFirst(part.count)
    }
    return bytes
  }

  /// The next piece; `nil` at the end of the pack.
  private func next() throws -> ArraySlice<UInt8>? {
    guard let frame = try connection.next() else { throw WireError.ended }
    switch frame.kind {
    case .data where !frame.body.isEmpty: return frame.body[...]
    case .end:
      isAtEnd = true
      return nil
    default: throw WireError.unexpected(kind: Int(frame.kind.rawValue))
    }
  }
}
