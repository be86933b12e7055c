import ArgumentParser
import Ledger
import ModelStore
import ObjectModel
import ObjectStore

/// `rledit commit`
struct CommitCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "commit",
    abstract: "Commit a change that was made elsewhere.",
    discussion: """
      --delta takes a safetensors file with two factors for every changed weight: "<weight>.U" (out x r) \
      and "<weight>.V" (r x in), in F32, BF16 or F16. Their product is added to the weight. Or it is a \
      LoRA adapter as PEFT saves it: the directory, or adapter_model.safetensors with adapter_config.json \
      beside it.

      --from takes an edited copy of the model, as other tools save it, and commits what makes of the \
      current weights those of the copy, to the bit: for every tensor that differs, whichever takes the \
      least room of factors with what they leave over, single elements, or the whole tensor.
      """)

  @Option(
    help: .init(
      "The change, as factors in a safetensors file, or a LoRA adapter.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var delta: String?

  @Option(
    help: .init("An edited copy of the model: a directory or a file.", valueName: "model"),
    completion: .file())
  var from: String?

  @Option(name: [.short, .long], help: .init("The commit's message.", valueName: "text"))
  var message: String

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    guard (delta == nil) != (from == nil) else {
      throw ValidationError("Give the change by one of '--delta' and '--from'.")
    }
  }

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let head = try repository.resolve(nil, in: view)
    let model = try repository.materializer.model(head.commit.model)
    let (deltas, tensors) = try changes(of: model, at: head, in: repository)
    try Task.checkCancellation()
    let commit = try repository.ledger.commit(
      CommitDraft(deltas: deltas, operation: .commit, message: message, parent: head.id),
      repository.context())
    try global.terminal.show(
      CommitReport(
        commit: commit.hex, subject: String(message.prefix { $0 != "\n" }),
        tensors: tensors.map(\.name), changes: from == nil ? nil : tensors),
      as: global)
  }

  private func changes(
    of model: StoredModel, at head: ResolvedCommit, in repository: Repository
  ) throws -> ([DeltaID], [CommitReport.Change]) {
    guard let from else {
      let updates = try DeltaFile.updates(at: delta ?? "", for: model)
      return (
        [try repository.store.storeDelta(updates, for: model)],
        updates.map { .init(name: $0.tensor, form: "low-rank", rank: $0.rank) }
      )
    }
    let bar = ProgressBar("comparing", unit: .items("tensors"), on: global.terminal)
    defer { bar.finish() }
    let difference = try repository.store.storeDifference(
      from: repository.materializer.weights(at: head.commit), of: model, toModelAt: from,
      compute: repository.compute
    ) {
      bar.update($0, of: $1)
      try Task.checkCancellation()
    }
    guard !difference.deltas.isEmpty else {
      throw CommandError.checkFailed(
        "the model at \(Wording.quoted(from)) has the weights of the current commit",
        hint: "'rledit log' tells where the current branch is")
    }
    return (
      difference.deltas,
      difference.tensors.map {
        .init(
          name: $0.name, form: $0.form, rank: $0.rank, elements: $0.elements, bytes: $0.bytes)
      }
    )
  }
}

private struct CommitReport: Report {
  /// What becomes of one tensor of an edited model.
  struct Change: Encodable {
    let name: String
    let form: String
    var rank: Int?
    var elements: Int?
    var bytes: Int?
  }

  let commit: String
  let subject: String
  let tensors: [String]
  /// Of an edited model.
  let changes: [Change]?

  func print(on terminal: Terminal) throws {
    try terminal.print(
      "\(terminal.styled(String(commit.prefix(12)), .yellow)) \(subject) "
        + "(\(Quantity.count(tensors.count, "tensor")))")
    guard let changes else { return }
    let table = Table(
      header: ["tensor", "form", "rank", "elements", "bytes"],
      rows: changes.map {
        [
          $0.name, $0.form, $0.rank.map(String.init) ?? "", $0.elements.map(String.init) ?? "",
          $0.bytes.map { Quantity.bytes($0) } ?? "",
        ]
      },
      alignsLeft: [true, true, false, false, false])
    for line in table.lines(on: terminal) { try terminal.print(line) }
  }
}
