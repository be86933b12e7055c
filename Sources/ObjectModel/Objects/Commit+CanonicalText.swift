extension Commit {
  package func write(to writer: inout CanonicalWriter) {
    for parent in parents { writer.field("parent", .identifier(parent)) }
    writer.field("model", .identifier(model))
    if let chain { writer.field("chain", .identifier(chain)) }
    for entry in added { writer.field("added", entry) }
    for entry in omitted { writer.field("omitted", entry) }
    writer.field("time", .integer(time))
    writer.field("author", .text(author))
    writer.field("operation", .token(operation.word))
    writer.field("message", .text(message))
    for edit in edits { writer.fields(edit) }
    if let recipe { writer.fields(recipe) }
    for (name, id) in attachments.sorted(by: { precedesInUTF8($0.key, $1.key) }) {
      writer.field("attachment", .text(name), .identifier(id))
    }
    for metric in metrics { writer.field("metric", .text(metric.name), .number(metric.value)) }
    for (name, digest) in stateDigests.sorted(by: { precedesInUTF8($0.key, $1.key) }) {
      writer.field("state", .text(name), .identifier(digest))
    }
    writer.field(signature)
  }

  package init(from reader: inout CanonicalReader) throws {
    parents = try reader.fields("parent") { try $0.identifier() }
    model = try reader.field("model") { try $0.identifier() }
    chain = try reader.optionalField("chain") { try $0.identifier() }
    added = try reader.fields("added") { try $0.chainEntry() }
    omitted = try reader.fields("omitted") { try $0.chainEntry() }
    time = try reader.field("time") { try $0.integer() }
    author = try reader.field("author") { try $0.text() }
    operation = Operation(try reader.field("operation") { try $0.token() })
    message = try reader.field("message") { try $0.text() }
    var edits: [EditRecord] = []
    while let edit = try reader.editRecord() { edits.append(edit) }
    self.edits = edits
    recipe = try reader.recipe()
    attachments = try reader.dictionary("attachment")
    metrics = try reader.fields("metric") { values in
      Metric(name: try values.text(), value: try values.number())
    }
    stateDigests = try reader.dictionary("state")
    signature = try reader.signature()
  }

  package func validate() throws {
    guard parents.count <= CanonicalLimits.parents else { throw invalid("too many parents") }
    guard Set(parents).count == parents.count else { throw invalid("a parent is there twice") }
    guard isCanonicalToken(operation.word) else { throw invalid("the operation is not a word") }
    for (entries, what) in [(added, "added"), (omitted, "omitted")] {
      for (entry, next) in zip(entries, entries.dropFirst()) where entry.sequence >= next.sequence {
        throw invalid("\(what) entries are out of order")
      }
      guard (entries.first?.sequence ?? 0) >= 0 else { throw invalid("a negative sequence number") }
    }
    guard chain != nil || added.isEmpty else { throw invalid("added entries without a chain") }
    try requireDistinct(metrics.map(\.name), "metric")
    if let recipe {
      guard isCanonicalToken(recipe.method) else { throw invalid("the method is not a word") }
      guard recipe.engineVersion >= 0 else { throw invalid("a negative engine version") }
      try requireDistinct(recipe.parameters.map(\.name), "parameter")
      try requireDistinct(recipe.targetModules, "target")
    }
  }
}

extension CanonicalWriter {
  fileprivate mutating func field(_ name: String, _ entry: ChainEntry) {
    field(name, .integer(entry.sequence), .identifier(entry.delta))
  }
}

extension CanonicalFieldReader {
  fileprivate mutating func chainEntry() throws -> ChainEntry {
    ChainEntry(sequence: try count(), delta: try identifier())
  }
}

extension CanonicalReader {
  /// Reads fields of a name and an identifier each. Names that `String` holds to be equal count as
  /// one name, and so are refused the second time.
  fileprivate mutating func dictionary<ID: Identifier>(_ name: String) throws -> [String: ID] {
    var dictionary: [String: ID] = [:]
    while let (key, value) = try optionalField(
      name, { (try $0.text(), try $0.identifier(ID.self)) })
    {
      guard dictionary.updateValue(value, forKey: key) == nil else {
        throw malformed("\(name) \"\(key)\" is there twice")
      }
    }
    return dictionary
  }
}
