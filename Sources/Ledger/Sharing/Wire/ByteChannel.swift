/// Bytes to another process and back.
package protocol ByteChannel: AnyObject {
  /// The next bytes, fewer than asked for only at the end.
  func read(_ count: Int) throws -> [UInt8]
  /// - Throws: ``WireError/ended`` where the other process has stopped reading.
  func write(_ bytes: UnsafeRawBufferPointer) throws
}
