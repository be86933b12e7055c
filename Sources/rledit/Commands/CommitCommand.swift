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
      FILE is a safetensors file with two factors for every changed weight: "<weight>.U" (out x r) \
      and "<weight>.V" (r x in), in F32, BF16 or F16. Their product is added to the weight. Or it is a \
      LoRA adapter as PEFT saves it: the directory, or adapter_model.safetensors with adapter_config.json \
      beside it.
      """)

  @Option(
    help: .init(
      "The change, as factors in a safetensors file, or a LoRA adapter.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var delta: String

  @Option(name: [.short, .long], help: .init("The commit's message.", valueName: "text"))
  var message: String

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let repository = try Repository.open(global)
    let view = try repository.ledger.view()
    let head = try repository.resolve(nil, in: view)
    let model = try repository.materializer.model(head.commit.model)
    let updates = try DeltaFile.updates(at: delta, for: model)
    let id = try repository.store.storeDelta(updates, for: model)
    try Task.checkCancellation()
    let commit = try repository.ledger.commit(
      CommitDraft(deltas: [id], operation: .commit, message: message), repository.context())
    try global.terminal.show(
      CommitReport(
        commit: commit.hex, subject: String(message.prefix { $0 != "\n" }),
        tensors: updates.map(\.tensor)),
      as: global)
  }
}

private struct CommitReport: Report {
  let commit: String
  let subject: String
  let tensors: [String]

  func print(on terminal: Terminal) throws {
    try terminal.print(
      "\(terminal.styled(String(commit.prefix(12)), .yellow)) \(subject) "
        + "(\(Quantity.count(tensors.count, "tensor")))")
  }
}
