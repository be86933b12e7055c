import Tensors

extension Decoder {
  /// The gradient with respect to rows of the residual stream after the last layer, `rows×H`, from the
  /// one with respect to their logits.
  func hiddenGradient(of hidden: Matrix, dLogits: Matrix) throws -> Matrix {
    let norm = try finalNorm()
    let (_, inverses) = compute.rootMeanSquareNorm(
      hidden, weight: norm, epsilon: shape.normEpsilon)
    var gradient = hidden.zeros
    compute.addRootMeanSquareNormGradient(
      hidden, weight: norm, inverses: inverses, dy: compute.product(dLogits, try outputMatrix()),
      to: &gradient)
    return gradient
  }

  /// Passes a gradient with respect to the last residual stream down to layer `lowest`, whose record
  /// and those above it the pass must hold.
  ///
  /// - Parameters:
  ///   - dHidden: the gradient at `rows`, ascending and distinct, or at all rows for `nil`.
  ///   - wanted: which rows' gradients are wanted, or `nil` for all. A row's gradient depends on those
  ///     of the same and later rows of its sequence alone, so these must be with it.
  ///   - places: all that is observed for; below the lowest of them nothing is worked out. `nil` asks
  ///     for the whole way.
  ///   - observe: called with the gradient with respect to the output of every matrix on the way,
  ///     `wanted rows×out`; of the last layer only where it has one of `places`.
  /// - Returns: the gradient with respect to the residual stream that reaches `lowest`, `wanted rows×H`,
  ///   or `nil` where the way ended before it.
  @discardableResult
  func backward(
    _ pass: ForwardPass, dHidden: Matrix, at rows: [Int]?, to lowest: Int, wanted: [Int]? = nil,
    places: Set<ProjectionPlace>? = nil, observe: (ProjectionPlace, Matrix) -> Void = { _, _ in }
  ) throws -> Matrix? {
    let allPositions = pass.batch.positions
    let positions = wanted.map { $0.map { allPositions[$0] } } ?? allPositions
    let rotary = rotary(positions: pass.batch.lengths.max() ?? 0)
    let last = shape.layers - 1
    var (incoming, gradient) = Self.restricted(dHidden, at: rows, to: wanted)
    // What is observed of a layer has all wanted rows. The last one has but few that are not zero.
    if lowest > last || places?.contains(where: { $0.layer == last }) ?? true {
      let all = incoming.map { gradient.scattered(to: $0, of: allPositions.count) } ?? gradient
      (incoming, gradient) = (wanted, wanted.map { all.gathering(rows: $0) } ?? all)
    }
    for index in stride(from: last, through: lowest, by: -1) {
      guard let record = pass.records[index] else {
        preconditionFailure("layer \(index) was not recorded")
      }
      let needs = places.map { places in
        Set(places.filter { $0.layer == index }.map(\.projection))
      }
      let below = backward(
        try layer(index), record: record,
        rows: .init(
          incoming: incoming, outgoing: wanted, positions: positions,
          lengths: pass.batch.lengths, rotary: rotary),
        dOutput: gradient, needs: index == lowest ? needs : nil
      ) { projection, matrix in
        observe(ProjectionPlace(layer: index, projection: projection), matrix)
      }
      guard let below else { return nil }
      (incoming, gradient) = (wanted, below)
    }
    return gradient
  }

  /// The rows of a gradient that are wanted.
  private static func restricted(
    _ gradient: Matrix, at rows: [Int]?, to wanted: [Int]?
  ) -> ([Int]?, Matrix) {
    guard let wanted else { return (rows, gradient) }
    guard let rows else { return (wanted, gradient.gathering(rows: wanted)) }
    let among = Set(wanted)
    let kept = rows.indices.filter { among.contains(rows[$0]) }
    return (kept.map { rows[$0] }, gradient.gathering(rows: kept))
  }
}
