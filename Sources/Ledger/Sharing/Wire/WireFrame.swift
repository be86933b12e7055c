/// A piece of the conversation of two programs; SPEC.md, section 4.4, has the bytes.
package struct WireFrame: Sendable {
  package enum Kind: UInt8, Sendable {
    /// The client asks for the listing, and the server gives it.
    case list = 1
    case listing = 2
    /// The client asks for what references lead to: the header of a bundle.
    case want = 3
    /// Entries of an inventory.
    case inventory = 4
    /// A bit for each entry of the inventory: whether it is missing.
    case missing = 5
    /// A pack begins; bytes of it.
    case pack = 6
    case data = 7
    /// The end of an inventory, of its bits or of a pack.
    case end = 8
    /// The server has sent all packs.
    case done = 9
    /// The client asks which entries of the inventory that follows are missing.
    case offer = 10
    /// The server has taken in a pack.
    case taken = 11
    /// The client asks to move references, and the server has.
    case move = 12
    case moved = 13
    /// The server gives up.
    case failure = 14
  }

  package let kind: Kind
  package let body: [UInt8]

  static let magic = Array("rledwire".utf8)
  package static let version = 1
  /// The longest body of frames of data, inventory and bits; canonical texts have a limit of their own.
  static let pieceBytes = 1 << 20
}
