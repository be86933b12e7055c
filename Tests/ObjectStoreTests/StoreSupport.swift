import Foundation
import ObjectModel
import ObjectStore
import TestSupport

func makeStore(in directory: TemporaryDirectory, mapBytes: Int? = nil) throws -> ObjectStore {
  let store = try ObjectStore.create(
    at: directory.path("store"), mapBytes: mapBytes ?? ObjectStore.defaultMapBytes)
  try store.put(emptyModel)
  return store
}

/// A model without weights, which every store of these tests has.
let emptyModel = ModelManifest(
  architecture: "A", sourceName: "s", sourceFormat: "none", storage: .copied, tensors: [],
  files: [])

struct Absent: Error {}

func name(_ text: String) throws -> ReferenceName {
  guard let name = ReferenceName(text) else { throw Absent() }
  return name
}

/// A commit that names nothing but the empty model.
func looseCommit(_ message: String) throws -> Commit {
  Commit(
    model: try emptyModel.encoded().id, time: 0, author: "a", operation: .commit,
    message: message)
}

/// So many transactions that the file grows unless pages are used again.
func writeOften(in store: ObjectStore) throws {
  let target = try store.put(looseCommit("x"))
  for number in 0..<200 {
    let tag = try Tag(target: target, name: "n", message: "", time: number, author: "").encoded()
    let old = try store.snapshot().reference(name("r"))
    try store.write { transaction in
      try transaction.put(tag)
      try transaction.setReference(name("r"), from: old, to: .tag(tag.id))
    }
  }
}

func permissions(_ path: String) throws -> Int? {
  try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
}
