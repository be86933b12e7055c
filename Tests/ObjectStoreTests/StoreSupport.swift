import Foundation
import ObjectModel
import ObjectStore
import TestSupport

/// Bytes that differ for every seed.
func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
  var generator = SeededGenerator(seed: seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8)
  while bytes.count < count {
    withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
  }
  return Array(bytes.prefix(count))
}

func makeStore(in directory: TemporaryDirectory, mapBytes: Int? = nil) throws -> ObjectStore {
  try ObjectStore.create(
    at: directory.path("store"), mapBytes: mapBytes ?? ObjectStore.defaultMapBytes)
}

struct Absent: Error {}

func name(_ text: String) throws -> ReferenceName {
  guard let name = ReferenceName(text) else { throw Absent() }
  return name
}

/// A commit that names nothing which exists.
func looseCommit(_ message: String) -> Commit {
  Commit(
    model: ObjectID(Digest256(words: [1, 2, 3, 4])), time: 0, author: "a", operation: .commit,
    message: message)
}

func permissions(_ path: String) throws -> Int? {
  try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
}
