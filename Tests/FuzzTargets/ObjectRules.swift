import Ledger
import ObjectModel
import ObjectStore

/// Canonical text.
enum ObjectRules {
  /// A text that is accepted as a type is the very text that its object encodes to.
  static func check(_ bytes: [UInt8]) {
    check(bytes, as: ModelManifest.self)
    check(bytes, as: Delta.self)
    check(bytes, as: Chain.self)
    check(bytes, as: ChainNode.self)
    check(bytes, as: Commit.self)
    check(bytes, as: Tag.self)
    check(bytes, as: Attachment.self)
    check(bytes, as: LoggedOperation.self)
    check(bytes, as: BundleHeader.self)
    check(bytes, as: StateSnapshot.self)
  }

  /// - Returns: what the text was accepted as.
  @discardableResult
  static func check<Kind: CanonicalObject>(_ bytes: [UInt8], as type: Kind.Type) -> Kind? {
    guard let object = try? Kind.decode(bytes) else { return nil }
    let again = try? object.encoded()
    require(
      again?.text == bytes, "a \(Kind.typeName) encodes to another text than it was read from")
    return object
  }
}
