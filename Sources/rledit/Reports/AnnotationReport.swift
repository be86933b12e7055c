import Ledger
import ObjectModel
import ObjectStore

/// An annotated tag: who gave a commit a name, when and why.
struct AnnotationReport: Remark, Encodable {
  let name: String
  let author: String
  /// RFC 3339, UTC.
  let time: String
  let message: String
  /// What its signature comes to, where the report looks at that.
  let signature: SignatureReport?
  let seconds: Int

  var heading: String { "Tag \(name)" }
  var headingStyle: Terminal.Style { .yellow }
  var text: String { message }

  private enum CodingKeys: String, CodingKey {
    case name, author, time, message, signature
  }

  /// - Returns: `nil` for a plain tag.
  /// - Throws: `ObjectStoreError`.
  init?(_ named: NamedCommit, trusting signers: AllowedSigners?, in view: LedgerView) throws {
    guard let tag = try named.tag.map({ try view.snapshot.object($0) }) else { return nil }
    name = named.name
    author = tag.author
    time = Quantity.timestamp(tag.time)
    seconds = tag.time
    message = tag.message
    signature = signers.map { SignatureReport($0.status(of: tag, called: named.name)) }
  }
}
