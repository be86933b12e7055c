/// Numbers in bytes that are stored or sent: the least significant byte first.
extension FixedWidthInteger where Self: UnsignedInteger {
  /// The number's bytes, as many as its type has.
  package var littleEndianBytes: [UInt8] {
    withUnsafeBytes(of: littleEndian) { Array($0) }
  }

  /// The number with these bytes; bytes that are lacking are zeros.
  ///
  /// - Parameter bytes: no more than the type has.
  package init(littleEndianBytes bytes: some BidirectionalCollection<UInt8>) {
    self = bytes.reversed().reduce(0) { $0 << 8 | Self($1) }
  }
}
