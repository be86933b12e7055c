import ObjectModel

/// What is wrong with a pack. Nothing that it brought has been referenced.
package enum PackError: Error, Hashable, Sendable {
  /// The bytes do not begin as a pack does.
  case notAPack
  /// A newer program wrote it.
  case newerVersion(found: Int, supported: Int)
  /// It ends in the middle.
  case truncated
  /// An entry of a kind that there is not.
  case unknownKind(Int)
  /// An entry says to be longer than anything of its kind can be.
  case tooLarge(bytes: Int, limit: Int)
  /// The bytes are not those of the name.
  case wrongContent(StoredItem)
  /// An object is not in its form, or names what neither the pack nor the store has.
  case malformed(StoredItem, reason: String)
  case missing(StoredItem, neededBy: StoredItem)
  /// The SHA-256 at the end is not that of the bytes before it.
  case wrongChecksum
  /// There is something after the end.
  case trailingBytes
}
