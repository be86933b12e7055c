import Foundation
import Ledger

/// Bytes from one thread to another.
final class MemoryPipe: @unchecked Sendable {
  private let condition = NSCondition()
  private var bytes: [UInt8] = []
  private var position = 0
  private var isClosed = false

  func append(_ piece: UnsafeRawBufferPointer) throws {
    condition.lock()
    defer { condition.unlock() }
    guard !isClosed else { throw WireError.ended }
    bytes += piece
    condition.broadcast()
  }

  func close() {
    condition.lock()
    defer { condition.unlock() }
    isClosed = true
    condition.broadcast()
  }

  func take(_ count: Int) -> [UInt8] {
    condition.lock()
    defer { condition.unlock() }
    while bytes.count - position < count, !isClosed { condition.wait() }
    let piece = Array(bytes[position..<min(bytes.count, position + count)])
    position += piece.count
    return piece
  }
}

/// One end of two pipes; it remembers what it read.
final class MemoryChannel: ByteChannel, @unchecked Sendable {
  private let input: MemoryPipe
  private let output: MemoryPipe
  private(set) var heard: [UInt8] = []

  init(input: MemoryPipe, output: MemoryPipe) {
    self.input = input
    self.output = output
  }

  func read(_ count: Int) throws -> [UInt8] {
    let bytes = input.take(count)
    heard += bytes
    return bytes
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws { try output.append(bytes) }

  func close() {
    input.close()
    output.close()
  }
}

/// Says what it was given and does not listen.
final class ScriptedChannel: ByteChannel {
  private let script: [UInt8]
  private var position = 0

  init(_ script: [UInt8]) { self.script = script }

  func read(_ count: Int) throws -> [UInt8] {
    let piece = Array(script[position..<min(script.count, position + count)])
    position += piece.count
    return piece
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {}
}
