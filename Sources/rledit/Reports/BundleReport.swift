import Ledger
import ObjectModel
import ObjectStore

/// What a bundle has.
struct BundleReport: Report {
  struct Item: Encodable {
    let name: String
    /// The commit or tag.
    let target: String
  }

  let path: String
  let bytes: Int
  let references: [Item]
  /// Commits that have to be where it is taken in.
  let requires: [String]
  /// The models that have to be there.
  let requiresModels: [String]
  private let verb: String

  private enum CodingKeys: String, CodingKey {
    case path, bytes, references, requires, requiresModels
  }

  /// - Parameter verb: what was done, as in “PATH holds …”.
  init(_ verb: String, _ header: BundleHeader, bytes: Int, path: String) {
    self.verb = verb
    self.path = path
    self.bytes = bytes
    references = header.references.map {
      Item(name: $0.name.text, target: $0.value.targetText)
    }
    requires = header.prerequisites.map(\.hex)
    requiresModels = header.models.map(\.hex)
  }

  func print(on terminal: Terminal) throws {
    for item in references {
      try terminal.print(
        "\(terminal.styled(String(item.target.prefix(12)), .yellow)) \(item.name)")
    }
    for commit in requires { try terminal.print("needs commit \(commit.prefix(12))") }
    for model in requiresModels { try terminal.print("needs model \(model.prefix(12))") }
    try terminal.print(
      "\(path): \(verb) \(Quantity.count(references.count, "reference")), "
        + Quantity.bytes(bytes))
  }
}

/// What was taken in from elsewhere.
struct TakenReport: Report {
  struct Item: Encodable {
    let name: String
    let target: String
    let outcome: String
  }

  let references: [Item]
  let newObjects: Int
  let newChunks: Int
  let bytes: Int

  init(_ taken: [TakenReference], _ pack: PackReport) {
    references = taken.map {
      Item(
        name: $0.name.text, target: $0.value.targetText, outcome: $0.outcome.rawValue)
    }
    newObjects = pack.newObjects
    newChunks = pack.newChunks
    bytes = pack.bytes
  }

  func print(on terminal: Terminal) throws {
    for item in references {
      let note = item.outcome == "kept" ? " (another one of that name is here, and stays)" : ""
      try terminal.print(
        "\(terminal.styled(String(item.target.prefix(12)), .yellow)) \(item.name) "
          + "\(item.outcome)\(note)")
    }
    try terminal.print(
      "Took in \(Quantity.count(newObjects, "object")) and \(Quantity.count(newChunks, "chunk")) "
        + "of \(Quantity.bytes(bytes))")
  }
}
