import ObjectModel
import ObjectStore
import Tensors

/// The edited matrices of a model under deltas in order, which can move to others.
struct DerivedState {
  /// What a state goes on from, and the deltas after it, in order.
  struct Target {
    /// `nil` for the base.
    var start: StateSnapshot?
    var deltas: [DeltaID]
  }

  let model: StoredModel
  /// What it goes on from; `nil` for the base.
  private(set) var start: StateSnapshot?
  /// The deltas applied since, in order.
  private(set) var deltas: [DeltaID] = []
  private var tensors: [String: DerivedTensor] = [:]

  init(model: StoredModel) {
    self.model = model
  }

  /// The state of a snapshot.
  ///
  /// - Throws: ``ObjectStore/ObjectStoreError`` where the snapshot is damaged.
  init(model: StoredModel, start: StateSnapshot, reading snapshot: ReadSnapshot) throws {
    self.model = model
    self.start = start
    for matrix in start.matrices {
      tensors[matrix.tensor] = try Self.load(matrix.tensor, of: start, model, snapshot)
    }
  }

  /// Makes this the state under other deltas after the same start.
  ///
  /// Where they extend those that it had, only the further ones are applied. Else, tensor by tensor:
  /// what the same deltas changed stays, what further ones change goes on from where it is, and the rest
  /// is derived from the start. Where it throws, the state is of no further use.
  ///
  /// - Throws: as ``DerivedTensor/apply(_:to:from:of:compute:)``; ``ObjectStore/ObjectStoreError`` where
  ///   the start is damaged.
  mutating func move(
    to target: [DeltaID], reading reader: inout DeltaReader, compute: Compute
  ) throws {
    let extends = target.starts(with: deltas)
    let lists = try Self.deltasByTensor(
      extends ? target[deltas.count...] : target[...], &reader)
    if !extends {
      for (name, tensor) in tensors where lists[name] == nil && !tensor.deltas.isEmpty {
        tensors[name] = try origin(of: name, reader.snapshot)
      }
    }
    for (name, list) in lists.sorted(by: { $0.key < $1.key }) {
      try Task.checkCancellation()
      // Taken out, so that it is the only reference to its matrix.
      var tensor = tensors.removeValue(forKey: name) ?? DerivedTensor()
      if extends {
        try tensor.apply(list, to: name, from: &reader, of: model, compute: compute)
      } else {
        if !list.starts(with: tensor.deltas) {
          tensor = try origin(of: name, reader.snapshot) ?? DerivedTensor()
        }
        try tensor.apply(
          list.dropFirst(tensor.deltas.count), to: name, from: &reader, of: model,
          compute: compute)
      }
      tensors[name] = tensor
    }
    deltas = target
  }

  /// Goes on from a snapshot that has just been made of this very state.
  mutating func restart(from snapshot: StateSnapshot) {
    start = snapshot
    deltas = []
    for name in tensors.keys { tensors[name]?.forgetDeltas() }
  }

  /// The weights of this state.
  func weights(compute: Compute) -> EditedWeights {
    EditedWeights(base: model, edited: tensors.compactMapValues(\.buffer), compute: compute)
  }

  /// The digest of every edited matrix.
  mutating func digests() -> [String: StateDigest] {
    var digests: [String: StateDigest] = [:]
    for name in tensors.keys { digests[name] = tensors[name]?.digest() }
    return digests
  }

  /// The numbers of an edited matrix.
  func buffer(of tensor: String) -> FloatBuffer? { tensors[tensor]?.buffer }

  /// The tensor as the start has it; `nil` where that is as the base has it.
  private func origin(of name: String, _ snapshot: ReadSnapshot) throws -> DerivedTensor? {
    try start.flatMap { try Self.load(name, of: $0, model, snapshot) }
  }

  private static func load(
    _ name: String, of start: StateSnapshot, _ model: StoredModel, _ snapshot: ReadSnapshot
  ) throws -> DerivedTensor? {
    guard let index = start.matrices.firstIndex(where: { $0.tensor == name }) else { return nil }
    let matrix = start.matrices[index]
    let count = try model.shape(ofWeight: name).reduce(1, *)
    guard matrix.byteCount == count * MemoryLayout<Float>.stride else {
      throw ObjectStoreError.malformed(
        .stateSnapshot(model: start.model, next: start.nextSequence),
        reason: "\(name) has not \(count) numbers")
    }
    let buffer = FloatBuffer(uninitialized: count)
    try snapshot.copyMatrix(
      index, of: start,
      into: UnsafeMutableRawBufferPointer(start: buffer.pointer, count: matrix.byteCount))
    return DerivedTensor(buffer: buffer, digest: matrix.digest)
  }

  private static func deltasByTensor(
    _ deltas: ArraySlice<DeltaID>, _ reader: inout DeltaReader
  ) throws -> [String: [DeltaID]] {
    var lists: [String: [DeltaID]] = [:]
    for id in deltas {
      for name in try reader.tensors(of: id) { lists[name, default: []].append(id) }
    }
    return lists
  }
}
