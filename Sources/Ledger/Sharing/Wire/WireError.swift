import ObjectModel
package import ObjectStore

/// Why two programs did not understand each other. What had arrived stays; no reference has moved, unless
/// the answer to ``WireFrame/Kind/move`` alone was lost.
package enum WireError: Error, Hashable, Sendable {
  /// What came first is not how the other program begins.
  case notRledit(start: [UInt8])
  case newerVersion(found: Int, supported: Int)
  /// The other side went away.
  case ended
  /// A frame of another kind than the conversation asks for.
  case unexpected(kind: Int)
  /// A frame that says to be longer than one can be, or more of them than there can be.
  case tooLarge(count: Int, limit: Int)
  case malformed(reason: String)
  /// A thing that nobody asked for.
  case unasked(PackItem)
  /// The other side has a reason of its own: its exit code, and what it would tell its user.
  case refused(code: Int, sentence: String, hint: String?)
}
