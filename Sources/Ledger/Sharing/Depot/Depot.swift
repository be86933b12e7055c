import Foundation
import ObjectModel
import ObjectStore

/// The files of a depot, each checked against its name when it comes.
///
/// Packs and indexes are called by the SHA-256 of their bytes and never change, so that they can be kept
/// here once they came.
final class Depot {
  /// Generations that are left for those who have just looked.
  private static let keptGenerations = 8
  private static let attempts = 4

  let storage: any ObjectStorage
  /// For files on their way, removed with this object.
  let folder: String

  /// - Throws: ``DepotError/noRoom(path:)``.
  init(_ storage: any ObjectStorage) throws {
    self.storage = storage
    folder =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("rledit-depot-\(UUID().uuidString)").path
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw DepotError.noRoom(path: folder)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  // MARK: States

  /// The newest state with its names: several where pushes got past each other's locks, none in an empty
  /// depot.
  func current() throws -> (state: DepotState, names: [DepotStateName])? {
    for attempt in 1... {
      let all = try stateNames()
      guard let newest = all.last?.generation else { return nil }
      let names = all.filter { $0.generation == newest }
      do {
        return (try join(names), names)
      } catch DepotError.missing where attempt < Self.attempts {
        // Others have pushed so often meanwhile that it was taken away.
        continue
      }
    }
    return nil
  }

  private func stateNames() throws -> [DepotStateName] {
    try storage.list(DepotFolder.states.rawValue).compactMap { DepotStateName($0) }.sorted()
  }

  private func join(_ names: [DepotStateName]) throws -> DepotState {
    let states = try names.map { try state($0) }
    var joined = states[0]
    // The state before, by which it is known who moved what.
    let parents = states.map(\.parents)
    var base: DepotState?
    if states.count > 1, let parent = parents[0].first, parents.allSatisfy({ $0 == [parent] }) {
      base = try? state(DepotStateName(generation: joined.generation - 1, hash: parent))
    }
    for state in states.dropFirst() { joined = joined.joined(with: state, base: base) }
    return joined
  }

  private func state(_ name: DepotStateName) throws -> DepotState {
    let state: DepotState = try object(
      bytes(name.text, in: .states), name.hash, "states/\(name.text)")
    guard state.generation == name.generation else {
      throw DepotError.damaged(path: "states/\(name.text)", reason: .otherGeneration)
    }
    return state
  }

  /// Adds a state. Only who has the lock may.
  ///
  /// - Returns: what is the newest state now.
  func add(_ state: DepotState) throws -> DepotState {
    let encoded = try state.encoded()
    let name = DepotStateName(
      generation: state.generation, hash: ContentHash(encoded.id.digest))
    try put(encoded.text, as: name.text, in: .states)
    let now = try current()?.state ?? state
    for old in try stateNames()
    where old.generation <= state.generation - Self.keptGenerations {
      try storage.remove(old.text, from: DepotFolder.states.rawValue)
    }
    return now
  }

  // MARK: Indexes and packs

  /// The indexes of these names, in their order.
  ///
  /// - Parameters:
  ///   - cache: a local folder in which they stay.
  ///   - passingOver: whether those that are missing or damaged are left out, in place of an error.
  func indexes(
    _ names: [ContentHash], cache: String, passingOver: Bool = false
  ) throws -> [(name: ContentHash, index: DepotIndex)] {
    try? FileManager.default.createDirectory(
      atPath: cache, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    var found: [ContentHash: DepotIndex] = [:]
    func look(for names: [ContentHash]) {
      for name in names {
        guard let bytes = FileManager.default.contents(atPath: "\(cache)/\(name.hex)") else {
          continue
        }
        found[name] = try? object([UInt8](bytes), name, name.hex)
      }
    }
    look(for: names)
    let wanted = names.filter { found[$0] == nil }
    if !wanted.isEmpty {
      try storage.get(wanted.map(\.hex), from: DepotFolder.indexes.rawValue, to: cache)
      look(for: wanted)
    }
    return try names.compactMap { name in
      if let index = found[name] { return (name, index) }
      if passingOver { return nil }
      let path = "indexes/\(name.hex)"
      guard FileManager.default.fileExists(atPath: "\(cache)/\(name.hex)") else {
        throw DepotError.missing(path: path)
      }
      try? FileManager.default.removeItem(atPath: "\(cache)/\(name.hex)")
      throw DepotError.damaged(path: path, reason: .otherBytes)
    }
  }

  /// Takes the entries of a pack into a store.
  func takeIn(
    _ index: DepotIndex, into store: ObjectStore, progress: (_ bytes: Int) throws -> Void
  ) throws -> PackReport {
    try read(index) { reader in
      try store.receive(
        &reader,
        progress: {
          try Task.checkCancellation()
          try progress($0)
        })
    }
  }

  /// Hands over a pack, and makes sure afterwards that its bytes were those of its name.
  func read<Result>(
    _ index: DepotIndex, _ body: (inout PackReader) throws -> Result
  ) throws -> Result {
    let name = index.pack.hex
    let path = "packs/\(name)"
    try storage.get([name], from: DepotFolder.packs.rawValue, to: folder)
    let file = "\(folder)/\(name)"
    defer { try? FileManager.default.removeItem(atPath: file) }
    guard let input = HashedFile(file) else { throw DepotError.missing(path: path) }
    do {
      var reader = try PackReader(read: input.read)
      let result = try body(&reader)
      guard input.hash == index.pack else {
        throw DepotError.damaged(path: path, reason: .otherBytes)
      }
      return result
    } catch let error as PackError {
      throw DepotError.damaged(path: path, reason: .pack(error))
    }
  }

  /// Writes a pack of entries and puts it there with its index, unless they are there.
  ///
  /// - Parameter packs: the names of the packs that are there.
  func put(
    _ entries: ArraySlice<Inventory.Entry>, of view: LedgerView, requires: Set<ContentHash>,
    packs: Set<String>, cache: String
  ) throws -> (name: ContentHash, index: DepotIndex) {
    let file = "\(folder)/pack"
    defer { try? FileManager.default.removeItem(atPath: file) }
    guard let output = HashedOutput(file) else { throw DepotError.noRoom(path: file) }
    let bytes = try view.writePack(entries) { try output.write($0) }
    try output.finish()
    let index = DepotIndex(
      pack: output.hash, byteCount: bytes, requires: requires, items: entries.map(\.item))
    if !packs.contains(index.pack.hex) {
      try storage.put(file, as: index.pack.hex, in: DepotFolder.packs.rawValue)
    }
    let encoded = try index.encoded()
    let name = ContentHash(encoded.id.digest)
    try put(encoded.text, as: name.hex, in: .indexes)
    try? Data(encoded.text).write(
      to: URL(fileURLWithPath: "\(cache)/\(name.hex)"), options: .atomic)
    return (name, index)
  }

  // MARK: Files

  private func put(_ text: [UInt8], as name: String, in place: DepotFolder) throws {
    let file = "\(folder)/text"
    do {
      try Data(text).write(to: URL(fileURLWithPath: file))
    } catch {
      throw DepotError.noRoom(path: file)
    }
    try storage.put(file, as: name, in: place.rawValue)
  }

  private func bytes(_ name: String, in place: DepotFolder) throws -> [UInt8] {
    let file = "\(folder)/\(name)"
    try storage.get([name], from: place.rawValue, to: folder)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let path = "\(place.rawValue)/\(name)"
    guard let size = Self.byteCount(file) else { throw DepotError.missing(path: path) }
    guard size <= CanonicalLimits.objectBytes,
      let bytes = FileManager.default.contents(atPath: file)
    else { throw DepotError.damaged(path: path, reason: .tooLong) }
    return [UInt8](bytes)
  }

  private func object<Object: CanonicalObject>(
    _ text: [UInt8], _ name: ContentHash, _ path: String
  ) throws -> Object {
    guard text.withUnsafeBytes({ ContentHash(of: $0) }) == name else {
      throw DepotError.damaged(path: path, reason: .otherBytes)
    }
    do {
      return try Object.decode(text)
    } catch let error as ObjectModelError {
      throw DepotError.damaged(path: path, reason: .malformed(error.reason))
    }
  }

  private static func byteCount(_ path: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
  }
}
