import Foundation
import Ledger
import ObjectModel
import ObjectStore

/// Names and revisions.
enum NameRules {
  static func checkReference(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let name = ReferenceName(text) {
      require(name.text == text, "a reference's name is another one")
      require((1...255).contains(text.utf8.count), "a reference's name of a length that none has")
    }
    if let reference = Reference(text: text) {
      require(reference.text == text, "a reference is written otherwise than it was read")
    }
    for name in [try? LedgerNames.branch(text), try? LedgerNames.tag(text)].compactMap({ $0 }) {
      require(!text.contains("..") && !text.hasPrefix("-"), "a name that is revision syntax")
      require(name.text.hasSuffix(text), "a name became another one")
    }
  }

  /// A revision leads to a commit that is there, or to an error.
  static func resolve(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    do {
      let view = try SmallStore.shared.ledger.view()
      if let range = try? view.resolveRange(text) {
        require(try view.snapshot.contains(range.included), "a range leads nowhere")
      }
      if let commit = try? view.resolve(text) {
        require(try view.snapshot.contains(commit), "a revision leads nowhere")
      }
    } catch {
      require(false, "the store cannot be read: \(error)")
    }
  }
}

/// A store with a few commits, branches and tags, in a directory of the process.
final class SmallStore: Sendable {
  static let shared = SmallStore()

  let ledger: Ledger

  private init() {
    do {
      let path = Scratch.path("store")
      let store = try ObjectStore.create(at: path)
      ledger = Ledger(store: store, stateDeriver: NoStates())
      try ledger.begin()
      let model = try store.put(
        ModelManifest(
          architecture: "A", sourceName: "s", sourceFormat: "none", storage: .copied, tensors: [],
          files: []))
      var clock = 0
      func context() -> OperationContext {
        clock += 1
        return OperationContext(command: "seed", author: "Ada", time: clock)
      }
      var last = try ledger.commitRoot(model: model, message: "Import", context())
      for number in 0..<5 {
        last = try ledger.commit(
          CommitDraft(deltas: [], operation: .commit, message: "number \(number)"), context())
      }
      try ledger.createBranch("side", at: last, context())
      try ledger.createTag("v1", at: last, context())
    } catch {
      fatalError("the store of the fuzzer cannot be made: \(error)")
    }
  }

  struct NoStates: StateDeriver {
    func digests(
      model: ModelID, chain: Chain, nodes: some ChainNodeSource
    ) throws -> [String: StateDigest] { [:] }
  }
}

/// Files of this process, in memory where the system has a place for such.
enum Scratch {
  private static let directory: String = {
    let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
    var template = Array("\(parent)/rledit-fuzz-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { fatalError("no place for files in \(parent)") }
    return String(cString: made)
  }()

  static func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// A file of these bytes.
  static func file(_ name: String, _ bytes: [UInt8]) -> String {
    let path = path(name)
    require(
      FileManager.default.createFile(atPath: path, contents: Data(bytes)), "\(path) was not written"
    )
    return path
  }
}
