/// Side files that belong to a commit: statistics, a hypernetwork, an edit memory.
package struct Attachment: CanonicalObject {
  package static let typeName = "attachment"

  /// What the files are, a bare word such as `running-statistics`.
  package let kind: String
  /// Sorted by the UTF-8 of the names.
  package let files: [NamedBlob]

  /// An attachment; the files are put into order here.
  package init(kind: String, files: [NamedBlob]) {
    self.kind = kind
    self.files = files.sorted { precedesInUTF8($0.name, $1.name) }
  }

  /// The blob of this name.
  package func file(named name: String) -> Blob? {
    files.first { $0.name.utf8.elementsEqual(name.utf8) }?.blob
  }

  package func validate() throws {
    guard isCanonicalToken(kind) else { throw invalid("the kind is not a word") }
    try requireIncreasing(files.map(\.name), "file")
  }

  package func write(to writer: inout CanonicalWriter) {
    writer.field("kind", .token(kind))
    for file in files { writer.field("file", file) }
  }

  package init(from reader: inout CanonicalReader) throws {
    kind = try reader.field("kind") { try $0.token() }
    files = try reader.fields("file") { try $0.namedBlob() }
  }
}
