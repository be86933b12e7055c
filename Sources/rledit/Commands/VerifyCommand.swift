import ArgumentParser
import Ledger
import ModelStore
import ObjectModel
import ObjectStore

/// `rledit verify`
struct VerifyCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check one commit: every byte of its model, and its weights from the base.",
    discussion: "Ends with code 1 where anything is not as recorded.")

  @Argument(help: .init("The commit; by default HEAD.", valueName: "revision"))
  var revision: String?

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let terminal = global.terminal
    let repository = try Repository.open(global)
    let entry = try repository.resolve(revision, in: repository.ledger.view())
    let bar = ProgressBar("hashing", unit: .bytes, on: terminal)
    defer { bar.finish() }
    var modelFault: String?
    var bytes = 0
    do {
      try StoredModel(id: entry.commit.model, store: repository.store).verify {
        bytes = $0.bytesTotal
        bar.update($0.bytesDone, of: $0.bytesTotal)
      }
    } catch let error where Failure(error).status == .damaged {
      modelFault = Failure(error).sentence
    }
    bar.finish()
    var tensors = 0
    var mismatches: [ReplayMismatch] = []
    if modelFault == nil {
      mismatches = try HistoryReplay(store: repository.store, compute: repository.compute)
        .verify([entry.id]) { tensors = $0.tensorCount }
    }
    let report = VerifyReport(
      commit: entry.id.hex, model: entry.commit.model.hex, modelBytes: bytes,
      modelFault: modelFault, editedTensors: tensors,
      mismatches: mismatches.map {
        .init(tensor: $0.tensor, recorded: $0.recorded?.hex, derived: $0.derived?.hex)
      })
    try terminal.show(report, as: global)
    guard report.agrees else {
      throw CommandError.checkFailed(
        "commit \(entry.id.short) is not as recorded",
        hint: "'rledit fsck --full' tells what is damaged and what it touches")
    }
  }
}

private struct VerifyReport: Report {
  private enum Key: String, CodingKey {
    case agrees, commit, model, modelBytes, modelFault, editedTensors, mismatches
  }

  let commit: String
  let model: String
  let modelBytes: Int
  let modelFault: String?
  let editedTensors: Int
  let mismatches: [ReplayReport.Mismatch]

  var agrees: Bool { modelFault == nil && mismatches.isEmpty }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(agrees, forKey: .agrees)
    try container.encode(commit, forKey: .commit)
    try container.encode(model, forKey: .model)
    try container.encode(modelBytes, forKey: .modelBytes)
    try container.encodeIfPresent(modelFault, forKey: .modelFault)
    try container.encode(editedTensors, forKey: .editedTensors)
    try container.encode(mismatches, forKey: .mismatches)
  }

  func print(on terminal: Terminal) throws {
    if let modelFault { try terminal.print("The model is damaged: \(modelFault)") }
    for mismatch in mismatches {
      try terminal.print(
        "\(mismatch.tensor): recorded \(mismatch.recorded ?? "nothing"), "
          + "derived \(mismatch.derived ?? "nothing")")
    }
    guard agrees else { return }
    try terminal.print(
      "Commit \(commit.prefix(12)) is as recorded: \(Quantity.bytes(modelBytes)) of model, "
        + "\(Quantity.count(editedTensors, "edited tensor")) derived.")
  }
}
