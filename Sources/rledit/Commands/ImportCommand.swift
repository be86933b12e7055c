import ArgumentParser
import Ledger
import ModelStore
import ObjectModel
import ObjectStore

/// `rledit import`
struct ImportCommand: SigningVerb {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take in a model: the first commit of the current branch.",
    discussion: """
      PATH is a .gguf or .safetensors file or a Hugging Face model directory. Weights keep their \
      bytes, quantised ones too. An import that is cut off leaves no commit, and the next attempt \
      finds what it had written.
      """)

  @Argument(help: "The model.", completion: .file())
  var path: String

  @Flag(help: "Leave the weights in their files and keep only where they lie and their hashes.")
  var link = false

  @Option(name: [.short, .long], help: .init("The commit's message.", valueName: "text"))
  var message: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let terminal = global.terminal
    let repository = try Repository.open(global)
    // Found out before gigabytes are copied, not after.
    if case .branch(let name, .some) = try repository.ledger.view().head() {
      throw LedgerError.hasCommits(branch: name)
    }
    let bar = ProgressBar("importing", unit: .bytes, on: terminal)
    defer { bar.finish() }
    let result = try ModelImporter(store: repository.store).importModel(at: path, linking: link) {
      bar.update($0.bytesDone, of: $0.bytesTotal)
    }
    bar.finish()
    let manifest = result.manifest
    let commit = try repository.ledger.commitRoot(
      model: result.id, message: message ?? "Import \(manifest.sourceName)",
      repository.context())
    for omission in result.omissions {
      terminal.warn("left out: \(Failure(omission).sentence)")
    }
    try terminal.show(
      ImportReport(commit: commit.hex, model: ModelSummary(result.id, manifest)), as: global)
  }
}

private struct ImportReport: Report {
  let commit: String
  let model: ModelSummary

  func print(on terminal: Terminal) throws {
    try terminal.print(
      "Imported \(model.name): \(model.wording), in commit \(commit.prefix(12)).")
  }
}
