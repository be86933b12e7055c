import ArgumentParser
import Ledger
import ModelStore
import ObjectModel
import ObjectStore

/// `rledit verify`
struct VerifyCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check one commit's model and weights, or who signed a history.",
    discussion: """
      Without --signatures: every byte of the commit's model is hashed, and its weights are derived from \
      the base. Ends with code 1 where anything is not as recorded.

      With --signatures: every commit that leads to the one named (or of the range A..B), and every \
      annotated tag and note on them, with who signed it. Ends with code 1 unless all of them are signed \
      by keys that are trusted.
      """)

  @Argument(
    help: .init(
      "The commit; by default HEAD. With --signatures also a range.", valueName: "revision"))
  var revision: String?

  @Flag(help: "Judge the signatures of commits, annotated tags and notes.")
  var signatures = false

  @Flag(help: "Judge those of all that references lead to, with --signatures.")
  var all = false

  @OptionGroup
  var trust: TrustOptions

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func validate() throws {
    if all, !signatures || revision != nil {
      throw ValidationError("--all goes with --signatures, and without a revision")
    }
    if trust.allowedSigners != nil, !signatures {
      throw ValidationError("--allowed-signers goes with --signatures")
    }
  }

  func run() throws {
    if signatures { try verifySignatures() } else { try verifyWeights() }
  }

  private func verifySignatures() throws {
    let report = try SignatureVerification(repository: .open(global), trust: trust)
      .report(of: revision, all: all, on: global.terminal)
    try global.terminal.show(report, as: global)
    guard report.agrees else {
      throw CommandError.checkFailed(
        "\(report.shortfall) of \(report.count) commits, tags and notes are not signed by a trusted key",
        hint: "'rledit key list' shows who is trusted; a range A..B begins where signing began")
    }
  }

  private func verifyWeights() throws {
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
