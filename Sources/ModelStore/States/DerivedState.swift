import ObjectModel
import Tensors

/// The edited matrices of a model under a chain of deltas, which can move to another chain.
struct DerivedState {
  let model: StoredModel
  /// The deltas applied, in order.
  private(set) var chain: [DeltaID] = []
  private var tensors: [String: DerivedTensor] = [:]

  init(model: StoredModel) {
    self.model = model
  }

  /// Makes this the state under `target`.
  ///
  /// Where `target` extends the chain it was, only the further deltas are applied. Else, tensor by
  /// tensor: what the same deltas changed stays, what further ones change goes on from where it is,
  /// and the rest is derived from the base. Where it throws, the state is of no further use.
  ///
  /// - Throws: as ``DerivedTensor/apply(_:to:from:of:compute:)``.
  mutating func move(
    to target: [DeltaID], reading reader: inout DeltaReader, compute: Compute
  ) throws {
    let extends = target.starts(with: chain)
    let lists = try Self.deltasByTensor(
      extends ? target[chain.count...] : target[...], &reader)
    if !extends {
      for name in tensors.keys where lists[name] == nil { tensors[name] = nil }
    }
    for (name, list) in lists.sorted(by: { $0.key < $1.key }) {
      try Task.checkCancellation()
      // Taken out, so that it is the only reference to its matrix.
      var tensor = tensors.removeValue(forKey: name) ?? DerivedTensor()
      if extends {
        try tensor.apply(list, to: name, from: &reader, of: model, compute: compute)
      } else {
        if !list.starts(with: tensor.deltas) { tensor = DerivedTensor() }
        try tensor.apply(
          list.dropFirst(tensor.deltas.count), to: name, from: &reader, of: model,
          compute: compute)
      }
      tensors[name] = tensor
    }
    chain = target
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

  private static func deltasByTensor(
    _ chain: ArraySlice<DeltaID>, _ reader: inout DeltaReader
  ) throws -> [String: [DeltaID]] {
    var lists: [String: [DeltaID]] = [:]
    for id in chain {
      for name in try reader.tensors(of: id) { lists[name, default: []].append(id) }
    }
    return lists
  }
}
