import ArgumentParser
import Ledger
import ModelStore
import ObjectModel

extension ExportPrecision: ExpressibleByArgument {}

/// What an export writes.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case safetensors
}

/// `rledit export`
struct ExportCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a commit's model as a Hugging Face directory.",
    discussion: "The directory appears complete or not at all.")

  @Argument(help: .init("The commit.", valueName: "revision"))
  var revision: String

  @Argument(help: .init("The directory to make.", valueName: "out"), completion: .directory)
  var destination: String

  @Option(help: .init("What to write.", valueName: "format"))
  var format: ExportFormat = .safetensors

  @Option(help: .init("The type of the weights.", valueName: "type"))
  var dtype: ExportPrecision = .f32

  @Flag(help: "Replace an earlier export.")
  var force = false

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let terminal = global.terminal
    let repository = try Repository.open(global)
    let entry = try repository.resolve(revision, in: repository.ledger.view())
    let model = try repository.materializer.model(entry.commit.model)
    let bar = ProgressBar("exporting", unit: .bytes, on: terminal)
    defer { bar.finish() }
    var bytes = 0
    try ModelExporter(
      model: model, weights: try repository.materializer.weights(at: entry.commit),
      compute: repository.compute
    ).export(to: destination, precision: dtype, replacing: force) {
      bytes = $0.bytesTotal
      bar.update($0.bytesDone, of: $0.bytesTotal)
    }
    bar.finish()
    try terminal.show(
      ExportReport(
        commit: entry.id.hex, path: destination, dtype: dtype.rawValue, weightBytes: bytes),
      as: global)
  }
}

private struct ExportReport: Report {
  let commit: String
  let path: String
  let dtype: String
  let weightBytes: Int

  func print(on terminal: Terminal) throws {
    try terminal.print(
      "Exported \(commit.prefix(12)) to \(path): \(Quantity.bytes(weightBytes)) of \(dtype).")
  }
}
