import ObjectModel
import ObjectStore

/// Frames to another program and back. Every length is bounded before memory is asked for.
package final class WireConnection {
  /// How many frames are looked through for the reason when the other side reads no more.
  private static let framesAfterTheEnd = 64

  private let channel: any ByteChannel
  private let listensForReasons: Bool

  /// - Parameter listensForReasons: whether the other side says why before it reads no more, as servers do.
  package init(_ channel: any ByteChannel, listensForReasons: Bool = false) {
    self.channel = channel
    self.listensForReasons = listensForReasons
  }

  // MARK: Greeting

  /// Says what will be spoken: the server by itself, the client after it.
  func greet() throws {
    try write(WireFrame.magic + UInt32(WireFrame.version).littleEndianBytes)
  }

  /// - Throws: ``WireError/notRledit(start:)``, ``WireError/newerVersion(found:supported:)``,
  ///   ``WireError/ended`` where nothing came at all.
  func expectGreeting() throws {
    let start = try channel.read(WireFrame.magic.count + 4)
    guard !start.isEmpty else { throw WireError.ended }
    guard start.count == WireFrame.magic.count + 4, start.starts(with: WireFrame.magic) else {
      throw WireError.notRledit(start: start)
    }
    let version = Int(UInt32(littleEndianBytes: start.suffix(4)))
    guard version <= WireFrame.version else {
      throw WireError.newerVersion(found: version, supported: WireFrame.version)
    }
  }

  // MARK: Frames

  /// - Throws: ``WireError/refused(code:sentence:hint:)`` where the other side has given up, else
  ///   ``WireError/ended`` where it reads no more.
  func send(_ kind: WireFrame.Kind, _ body: [UInt8] = []) throws {
    try write([kind.rawValue] + UInt32(body.count).littleEndianBytes)
    try write(body)
  }

  /// The next frame; `nil` where the other side has ended in order.
  ///
  /// - Throws: ``WireError/refused(code:sentence:hint:)`` for a frame that says so.
  func next() throws -> WireFrame? {
    let start = try channel.read(1)
    guard let first = start.first else { return nil }
    guard let kind = WireFrame.Kind(rawValue: first) else {
      throw WireError.unexpected(kind: Int(first))
    }
    let count = Int(UInt32(littleEndianBytes: try exactly(4)))
    let limit =
      switch kind {
      case .listing, .want, .move: CanonicalLimits.objectBytes
      default: WireFrame.pieceBytes
      }
    guard count <= limit else { throw WireError.tooLarge(count: count, limit: limit) }
    let frame = WireFrame(kind: kind, body: try exactly(count))
    if kind == .failure {
      let failure = try decode(WireFailure.self, frame.body)
      throw WireError.refused(
        code: failure.code, sentence: failure.sentence, hint: failure.hint)
    }
    return frame
  }

  /// The body of the next frame, which must be of this kind.
  func expect(_ kind: WireFrame.Kind) throws -> [UInt8] {
    guard let frame = try next() else { throw WireError.ended }
    guard frame.kind == kind else { throw WireError.unexpected(kind: Int(frame.kind.rawValue)) }
    return frame.body
  }

  /// The object whose text the body of a frame is.
  func decode<Object: CanonicalObject>(_: Object.Type, _ text: [UInt8]) throws -> Object {
    do {
      return try Object.decode(text)
    } catch let error as ObjectModelError {
      throw WireError.malformed(reason: error.reason)
    }
  }

  // MARK: Bytes

  private func write(_ bytes: [UInt8]) throws {
    do {
      try bytes.withUnsafeBytes { try channel.write($0) }
    } catch WireError.ended {
      guard listensForReasons else { throw WireError.ended }
      for _ in 0..<Self.framesAfterTheEnd where try next() == nil { break }
      throw WireError.ended
    }
  }

  private func exactly(_ count: Int) throws -> [UInt8] {
    let bytes = try channel.read(count)
    guard bytes.count == count else { throw WireError.ended }
    return bytes
  }
}

/// Why a program gave up, as it would tell its user.
struct WireFailure: CanonicalObject {
  static let typeName = "failure"

  let code: Int
  let sentence: String
  let hint: String?

  init(code: Int, sentence: String, hint: String?) {
    self.code = code
    self.sentence = sentence
    self.hint = hint
  }

  func write(to writer: inout CanonicalWriter) {
    writer.field("code", .integer(code))
    writer.field("sentence", .text(sentence))
    if let hint { writer.field("hint", .text(hint)) }
  }

  init(from reader: inout CanonicalReader) throws {
    code = try reader.field("code") { try $0.count() }
    sentence = try reader.field("sentence") { try $0.text() }
    hint = try reader.optionalField("hint") { try $0.text() }
  }

  func validate() throws {
    guard (1...255).contains(code) else { throw invalid("not the code of a failure") }
  }
}
