import ObjectModel

/// When something was first seen to be named by nothing. Marks are properties of the store, so that they
/// need no format of their own: `garbage/object/HEX` and `garbage/chunk/HEX`, each with seconds since
/// 1970. Whoever writes the thing again takes the mark away.
enum GarbageMark: Hashable {
  case object(Digest256)
  case chunk(ChunkID)

  static let prefix = "garbage/"

  init?(propertyName: String) {
    let parts = propertyName.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] + "/" == Self.prefix,
      let bytes = Hexadecimal.decode(parts[2].utf8)
    else { return nil }
    switch parts[1] {
    case "object":
      guard let id = Digest256(bytes: bytes) else { return nil }
      self = .object(id)
    case "chunk":
      guard let id = ChunkID(bytes: bytes) else { return nil }
      self = .chunk(id)
    default: return nil
    }
  }

  var propertyName: String {
    switch self {
    case .object(let id): "\(Self.prefix)object/\(Hexadecimal.encode(id.bytes))"
    case .chunk(let id): "\(Self.prefix)chunk/\(id.hex)"
    }
  }
}
