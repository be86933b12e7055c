import ObjectModel

/// A value that is not named by its content, behind the XXH3-128 of its key and itself: a flipped bit of
/// either is seen.
enum SealedRecord {
  private static let digestBytes = 16

  static func seal(_ content: [UInt8], under key: [UInt8]) -> [UInt8] {
    digest(key, content).bytes + content
  }

  /// The content; `nil` where it is not what was sealed under the key.
  static func open(_ record: UnsafeRawBufferPointer, under key: [UInt8]) -> [UInt8]? {
    let content = Array(record.dropFirst(digestBytes))
    guard digest(key, content).bytes.elementsEqual(record.prefix(digestBytes)) else { return nil }
    return content
  }

  private static func digest(_ key: [UInt8], _ content: [UInt8]) -> Digest128 {
    (key + content).withUnsafeBytes { contentDigest(of: $0) }
  }
}
