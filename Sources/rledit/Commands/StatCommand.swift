import ArgumentParser
import Ledger
import ObjectModel
import ObjectStore
import Tensors

/// `rledit stat`
struct StatCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "stat", abstract: "Show how much is in the store.")

  @Flag(help: "List the tensors of the current model, too.")
  var tensors = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    try global.terminal.show(
      StatReport(repository, repository.ledger.view(), listsTensors: tensors), as: global)
  }
}

private struct StatReport: Report {
  struct Tensor: Encodable {
    let name: String
    let type: String
    let shape: [Int]
    let bytes: Int
    /// Whether the current commit's deltas change it.
    let isEdited: Bool
  }

  let store: String
  let fileBytes: Int
  let chunks: Int
  let objects: Int
  let references: Int
  let operations: Int
  /// Commits that branches, tags and HEAD lead to.
  let commits: Int
  let branches: Int
  let tags: Int
  let model: ModelSummary?
  let tensors: [Tensor]?

  init(_ repository: Repository, _ view: LedgerView, listsTensors: Bool) throws {
    let statistics = try repository.store.statistics()
    store = repository.path
    fileBytes = statistics.fileBytes
    chunks = statistics.chunkCount
    objects = statistics.objectCount
    references = statistics.referenceCount
    operations = statistics.operationCount
    let (allBranches, allTags) = (try view.branches(), try view.tags())
    branches = allBranches.count
    tags = allTags.count
    let head = try view.head().commit
    commits = try view.log(
      from: (allBranches + allTags).map(\.commit) + (head.map { [$0] } ?? [])
    ).count
    let commit = try head.map { try view.commit($0) }
    let manifest = try commit.map { try view.snapshot.object($0.model) }
    if let commit, let manifest {
      model = ModelSummary(commit.model, manifest)
    } else {
      model = nil
    }
    tensors =
      listsTensors
      ? manifest?.tensors.map {
        Tensor(
          name: $0.name, type: $0.elementType.rawValue, shape: $0.shape, bytes: $0.blob.byteCount,
          isEdited: commit?.stateDigests[$0.name] != nil)
      } : nil
  }

  func print(on terminal: Terminal) throws {
    let rows = [
      ("store", store), ("size", Quantity.bytes(fileBytes)),
      (
        "history",
        "\(Quantity.count(commits, "commit")), "
          + "\(Quantity.count(branches, "branch", "branches")), \(Quantity.count(tags, "tag")), "
          + Quantity.count(operations, "operation")
      ),
      ("content", "\(Quantity.count(objects, "object")), \(Quantity.count(chunks, "chunk"))"),
    ]
    for (name, value) in rows {
      let padding = String(repeating: " ", count: 9 - name.count)
      try terminal.print(terminal.styled(name, .faint) + padding + value)
    }
    if let model {
      try terminal.print(terminal.styled("model", .faint) + "    \(model.name): \(model.wording)")
    }
    guard let tensors else { return }
    try terminal.print()
    let table = Table(
      header: ["tensor", "type", "shape", "bytes", ""],
      rows: tensors.map {
        [
          $0.name, $0.type, Wording.shape($0.shape), Quantity.bytes($0.bytes),
          $0.isEdited ? "edited" : "",
        ]
      },
      alignsLeft: [true, true, false, false, true])
    for line in table.lines(on: terminal) { try terminal.print(line) }
  }
}
