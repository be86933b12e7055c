import Editing
import Foundation
import LanguageModel
import Ledger
import ModelFiles
import ObjectModel
import ObjectStore

/// What reads bytes from elsewhere, each with what has to hold whatever they are: it ends, without a trap
/// and within bounds, and what it accepts keeps its rules.
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// Canonical text of any type.
  case object
  /// Packs and bundles, taken in by a store.
  case pack
  /// Names and values of references.
  case reference
  /// Revisions, resolved in a small history.
  case revision
  case json
  case safetensors
  case gguf
  /// `tokenizer.json`, and a text through it.
  case tokenizer
  /// Edit records in all their forms.
  case facts
  /// What a client sends to a server of a store.
  case wire
  /// What a server of a store answers to a client that fetches.
  case answer
  /// States and indexes of a depot.
  case depot
  /// Files of private keys, and lists of public ones.
  case keys
  /// `config.json` of a model.
  case configuration
  /// Delta files, and adapters with their configuration.
  case delta

  /// Reads the bytes. A rule that is broken ends the process, as a trap does.
  package func run(_ bytes: [UInt8]) {
    switch self {
    case .object: ObjectRules.check(bytes)
    case .pack: SharingRules.takeIn(bytes)
    case .reference: NameRules.checkReference(bytes)
    case .revision: NameRules.resolve(bytes)
    case .json: FileRules.parseJSON(bytes)
    case .safetensors: FileRules.openSafetensors(bytes)
    case .gguf: FileRules.openGGUF(bytes)
    case .tokenizer: FileRules.readTokenizer(bytes)
    case .facts: FileRules.readFacts(bytes)
    case .wire: SharingRules.serve(bytes)
    case .answer: SharingRules.fetch(bytes)
    case .depot: DepotRules.check(bytes)
    case .keys: KeyRules.check(bytes)
    case .configuration: ModelRules.readConfiguration(bytes)
    case .delta: ModelRules.readDelta(bytes)
    }
  }

  /// The inputs that runs begin with, and those that ever broke a rule.
  package func seeds() throws -> [(name: String, bytes: [UInt8])] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Seeds/\(rawValue)")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      ($0, Array(try Data(contentsOf: folder.appendingPathComponent($0))))
    }
  }
}

/// Ends the process where a rule is broken: what a fuzzer and a test both notice.
func require(_ condition: Bool, _ rule: @autoclosure () -> String) {
  if !condition { fatalError("broken: \(rule())") }
}
