/// A name given to a commit for good, with who gave it and why.
package struct Tag: SignableObject {
  package static let typeName = "tag"

  package let target: CommitID
  package let name: String
  package let message: String
  /// Seconds since 1970-01-01 00:00 UTC.
  package let time: Int
  package let author: String
  package var signature: Signature?

  package init(
    target: CommitID, name: String, message: String, time: Int, author: String,
    signature: Signature? = nil
  ) {
    self.target = target
    self.name = name
    self.message = message
    self.time = time
    self.author = author
    self.signature = signature
  }

  package func validate() throws {
    guard !name.isEmpty else { throw invalid("no name") }
  }

  package func write(to writer: inout CanonicalWriter) {
    writer.field("target", .identifier(target))
    writer.field("name", .text(name))
    writer.field("time", .integer(time))
    writer.field("author", .text(author))
    writer.field("message", .text(message))
    writer.field(signature)
  }

  package init(from reader: inout CanonicalReader) throws {
    target = try reader.field("target") { try $0.identifier() }
    name = try reader.field("name") { try $0.text() }
    time = try reader.field("time") { try $0.integer() }
    author = try reader.field("author") { try $0.text() }
    message = try reader.field("message") { try $0.text() }
    signature = try reader.signature()
  }
}
