import LanguageModel
import ModelFiles
package import ModelStore
package import Tensors

/// The stored form of an unfinished training: the files of a ``HypernetworkArchive`` for what is trained
/// and, with `best.` before their names, for the best so far; `state.json` with where training stands;
/// the trajectory's edited matrices as `weights.<name>` in binary32; its batches' keys as
/// `memory.<batch>.<place>`.
extension TrainingState {
  private static let stateName = "state.json"
  private static let bestPrefix = "best."
  private static let weightPrefix = "weights."
  private static let memoryPrefix = "memory."

  /// The files, in no particular order.
  package var encodedFiles: [HypernetworkArchive.File] {
    let current = HypernetworkArchive(
      .init(networks: networks, statistics: statistics), optimizer: optimizer)
    var files = current.encodedFiles
    var members: [JSONObject.Member] = [
      .init("epoch", .integer(Int64(epoch))), .init("trajectory", .integer(Int64(trajectory))),
      .init("step", .integer(Int64(step))),
      .init("validations-since-best", .integer(Int64(validationsSinceBest))),
      .init("finished", .bool(isFinished)),
    ]
    if let best {
      let archive = HypernetworkArchive(
        .init(networks: best.networks, statistics: best.statistics), optimizer: best.optimizer)
      files += archive.encodedFiles.map { (Self.bestPrefix + $0.name, $0.bytes) }
      members.append(.init("best-score-bits", .string(String(best.score.bitPattern))))
    }
    for name in weights?.editedNames ?? [] {
      guard let buffer = weights?.editedBuffer(named: name) else { continue }
      files.append((Self.weightPrefix + name, LittleEndianFloats.bytes(of: Array(buffer.elements))))
    }
    for (index, batch) in memory.enumerated() {
      files += batch.encodedFiles.map { ("\(Self.memoryPrefix)\(index).\($0.name)", $0.bytes) }
    }
    members.append(.init("batches-in-memory", .integer(Int64(memory.count))))
    files.append((Self.stateName, Array(JSONValue.object(JSONObject(members)).text().utf8)))
    return files
  }

  /// - Parameters:
  ///   - base: the weights that trajectories begin at.
  /// - Throws: ``EditingError/badHypernetwork``, ``EditingError/badStatistics``,
  ///   ``EditingError/badMemory`` and the errors of the weights.
  package init(
    encodedFiles: [HypernetworkArchive.File], base: EditedWeights, compute: Compute
  ) throws {
    let files = Dictionary(
      encodedFiles.map { ($0.name, $0.bytes) }, uniquingKeysWith: { first, _ in first })
    guard let text = files[Self.stateName],
      let members = try? JSONValue.parse(text, path: Self.stateName).objectValue
    else { throw EditingError.badHypernetwork }
    func integer(_ name: String) throws -> Int {
      guard case .integer(let number)? = members[name], number >= 0 else {
        throw EditingError.badHypernetwork
      }
      return Int(number)
    }
    func part(_ prefix: String) -> [HypernetworkArchive.File] {
      encodedFiles.filter { $0.name.hasPrefix(prefix) }.map {
        (String($0.name.dropFirst(prefix.count)), $0.bytes)
      }
    }
    let current = try HypernetworkArchive(
      encodedFiles: encodedFiles.filter { !$0.name.hasPrefix(Self.bestPrefix) })
    guard let optimizer = current.optimizer else { throw EditingError.badHypernetwork }
    self.init(networks: current.trained.networks)
    self.optimizer = optimizer
    statistics = current.trained.statistics
    epoch = try integer("epoch")
    trajectory = try integer("trajectory")
    step = try integer("step")
    validationsSinceBest = try integer("validations-since-best")
    isFinished = members["finished"] == .bool(true)
    if case .string(let bits)? = members["best-score-bits"], let pattern = UInt64(bits) {
      let archive = try HypernetworkArchive(encodedFiles: part(Self.bestPrefix))
      guard let optimizer = archive.optimizer else { throw EditingError.badHypernetwork }
      best = .init(
        networks: archive.trained.networks, optimizer: optimizer,
        statistics: archive.trained.statistics,
        score: Double(bitPattern: pattern))
    }
    memory = try (0..<integer("batches-in-memory")).map { batch in
      try EditMemory(encodedFiles: part("\(Self.memoryPrefix)\(batch)."))
    }
    let edited = part(Self.weightPrefix)
    guard !edited.isEmpty else { return }
    var buffers: [String: FloatBuffer] = [:]
    for file in edited {
      let view = try base.weight(named: file.name)
      guard let numbers = LittleEndianFloats.numbers(in: file.bytes),
        numbers.count == view.rows * view.columns
      else { throw EditingError.badHypernetwork }
      buffers[file.name] = FloatBuffer(copying: numbers)
    }
    weights = base.replacing(buffers)
  }
}
