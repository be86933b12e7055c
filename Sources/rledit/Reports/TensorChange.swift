import Ledger
import ModelStore
import ObjectModel
import ObjectStore
import Tensors

/// How one weight differs between two commits.
struct TensorChange: Encodable {
  let tensor: String
  let shape: [Int]
  /// The ranks of the deltas that make the difference, put together: no less than the rank of the
  /// difference before rounding.
  let rank: Int
  /// The Frobenius norm of the difference, as the weights have it in binary32.
  let norm: Double
  /// `norm` over the norm of the weight as imported.
  let relativeNorm: Double
  /// Where the change works, where that was asked for.
  let spectrum: TensorSpectrum?

  /// The changes that `difference` makes, by tensor.
  ///
  /// The norms are of the weights themselves, both states derived to the last bit, so they hold what
  /// rounding did, too.
  ///
  /// - Parameter hasSpectrum: whether each is to tell its ``spectrum``.
  /// - Throws: as `Materializer.weights(at:)`.
  /// - Complexity: O(sizes of the tensors that differ · ranks of the deltas on them).
  static func list(
    from first: Commit, to second: Commit, _ difference: CommitDifference,
    hasSpectrum: Bool = false, in repository: Repository
  ) throws -> [TensorChange] {
    guard difference.sameModel else { return [] }
    let snapshot = try repository.store.snapshot()
    var ranks: [String: Int] = [:]
    for item in difference.added + difference.omitted {
      for change in try snapshot.object(item.entry.delta).changes {
        ranks[change.tensor, default: 0] += change.form.rank
      }
    }
    guard !ranks.isEmpty else { return [] }
    let model = try repository.materializer.model(first.model)
    let before = try repository.materializer.weights(at: first)
    let after = try repository.materializer.weights(at: second)
    return try ranks.keys.sorted(by: precedesInUTF8).map { name in
      try Task.checkCancellation()
      let shape = try model.shape(ofWeight: name)
      let (old, new) = (try before.weight(named: name), try after.weight(named: name))
      let norms = DifferenceNorms(
        base: try model.weight(named: name), before: old, after: new, compute: repository.compute)
      return TensorChange(
        tensor: name, shape: shape, rank: min(ranks[name] ?? 0, shape.min() ?? 0),
        norm: norms.difference,
        relativeNorm: norms.base > 0 ? norms.difference / norms.base : 0,
        spectrum: hasSpectrum
          ? TensorSpectrum(
            of: change(from: old, to: new, repository.compute), compute: repository.compute)
          : nil)
    }
  }

  /// What was added to every weight, exactly.
  private static func change(
    from old: WeightView, to new: WeightView, _ compute: Compute
  ) -> DoubleMatrix {
    let (before, after) = (compute.widened(old), compute.widened(new))
    return DoubleMatrix(
      rows: before.rows, columns: before.columns,
      elements: zip(after.elements, before.elements).map { Double($0) - Double($1) })
  }
}

extension Delta.Form {
  /// The rank, or the most that it can be.
  fileprivate var rank: Int {
    switch self {
    case .lowRank(let factors): factors.rank
    case .sparse(let sparse): sparse.count
    case .replacement(let replacement): replacement.shape.min() ?? 0
    }
  }
}

/// The Frobenius norms of a weight and of a change of it.
struct DifferenceNorms {
  let base: Double
  let difference: Double

  /// Adds row by row in binary64, so that the numbers depend neither on threads nor on memory at hand.
  init(base: WeightView, before: WeightView, after: WeightView, compute: Compute) {
    var (baseSquares, differenceSquares) = (0.0, 0.0)
    let rowsAtOnce = max(1, (1 << 20) / max(1, base.columns))
    for first in stride(from: 0, to: base.rows, by: rowsAtOnce) {
      let rows = Array(first..<min(base.rows, first + rowsAtOnce))
      for element in compute.widened(base, rows: rows).elements {
        baseSquares += Double(element) * Double(element)
      }
      let old = compute.widened(before, rows: rows).elements
      let new = compute.widened(after, rows: rows).elements
      for (old, new) in zip(old, new) {
        let change = Double(new) - Double(old)
        differenceSquares += change * change
      }
    }
    self.base = baseSquares.squareRoot()
    difference = differenceSquares.squareRoot()
  }
}
