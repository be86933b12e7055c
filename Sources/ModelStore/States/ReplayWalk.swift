import ObjectModel
import ObjectStore
import Tensors

/// A state that walks from chain to chain by their differences.
struct ReplayWalk {
  let model: StoredModel
  private var chain = Chain.empty
  private var tensors: [String: PlacedTensor] = [:]
  private var reader: DeltaReader

  private struct PlacedTensor {
    /// The entries of the chain that change the tensor, in order.
    var entries: [ChainEntry] = []
    var derived = DerivedTensor()
  }

  /// What a step changes for one tensor.
  private struct Step {
    var added: [ChainEntry] = []
    var omitted: Set<ChainEntry> = []
  }

  init(model: StoredModel, snapshot: ReadSnapshot) {
    self.model = model
    reader = DeltaReader(snapshot: snapshot)
  }

  var tensorCount: Int { tensors.count }

  /// Makes this the state under `target`.
  ///
  /// - Throws: as ``DerivedTensor/apply(_:to:from:of:compute:)``; the state is then of no further use.
  /// - Complexity: O(changes) where deltas are appended, for each tensor that one of them changes.
  mutating func move(to target: Chain, compute: Compute) throws {
    for (name, step) in try steps(to: target).sorted(by: { $0.key < $1.key }) {
      // Taken out, so that it is the only reference to its matrix.
      var tensor = tensors.removeValue(forKey: name) ?? PlacedTensor()
      let last = tensor.entries.last?.sequence ?? -1
      var further = step.added
      if !step.omitted.isEmpty || further.contains(where: { $0.sequence <= last }) {
        further = (tensor.entries.filter { !step.omitted.contains($0) } + step.added)
          .sorted { $0.sequence < $1.sequence }
        tensor = PlacedTensor()
      }
      guard !further.isEmpty else { continue }
      try tensor.derived.apply(
        further.map(\.delta), to: name, from: &reader, of: model, compute: compute)
      tensor.entries += further
      tensors[name] = tensor
    }
    chain = target
  }

  /// The digest of every edited matrix.
  mutating func digests() -> [String: StateDigest] {
    var digests: [String: StateDigest] = [:]
    for name in tensors.keys { digests[name] = tensors[name]?.derived.digest() }
    return digests
  }

  private mutating func steps(to target: Chain) throws -> [String: Step] {
    let difference = try ChainDifference(from: chain, to: target, source: reader.snapshot)
    var steps: [String: Step] = [:]
    for entry in difference.added {
      for name in try reader.tensors(of: entry.delta) {
        steps[name, default: Step()].added.append(entry)
      }
    }
    for entry in difference.omitted {
      for name in try reader.tensors(of: entry.delta) {
        steps[name, default: Step()].omitted.insert(entry)
      }
    }
    return steps
  }
}
