import Tensors

/// What makes of a tensor's numbers those of an edited model, to the bit, in the form that takes the least
/// room.
struct TensorDifference {
  enum Form {
    /// Factors, and what is left after they have been applied.
    case lowRank(LowRankUpdate, residue: SparseUpdate)
    case sparse(SparseUpdate)
    /// The tensor as the edited model has it.
    case replacement
  }

  let form: Form
  /// Bytes that the form takes.
  let bytes: Int

  /// Ranks that are tried, as far as they are smaller than what else there is.
  private static let ranks = [1, 2, 4, 8, 16, 32, 64]
  /// Larger matrices are not decomposed: that works in binary64, on three copies.
  static let largestDecomposed = 1 << 26

  /// - Parameters:
  ///   - current: the tensor's numbers here.
  ///   - target: those of the edited model, as many, all finite.
  ///   - storedBytes: of the tensor in the edited model's own type.
  /// - Returns: `nil` where the numbers are the same.
  /// - Throws: ``ModelStoreError`` for factors that overflow.
  /// - Complexity: O(elements), and for matrices whose difference is not sparse that of 64 leading singular
  ///   triples.
  init?(
    of name: String, from current: FloatBuffer, to target: FloatBuffer, shape: [Int],
    storedBytes: Int, compute: Compute
  ) throws {
    guard current.differs(from: target) else { return nil }
    var best = (form: Form.replacement, bytes: storedBytes)
    if let sparse = SparseUpdate(of: name, shape, from: current, to: target),
      sparse.byteCount < best.bytes
    {
      best = (.sparse(sparse), sparse.byteCount)
    }
    if shape.count == 2, current.count <= Self.largestDecomposed {
      let perRank = 4 * (shape[0] + shape[1])
      let ranks = Self.ranks.filter { $0 <= shape.min() ?? 0 && $0 * perRank < best.bytes }
      if let most = ranks.last,
        let triples = LeadingSingularTriples(
          of: Self.difference(current, target, shape), count: most, compute: compute)
      {
        let found = triples.values.count
        for rank in Set(ranks.map { min($0, found) }).sorted() where rank > 0 {
          let update = try Self.update(of: name, triples, rank: rank)
          let applied = compute.widenedBuffer(
            WeightView(rows: shape[0], columns: shape[1], buffer: current))
          compute.addProduct(try update.u.view(), try update.v.view(), to: applied)
          guard let residue = SparseUpdate(of: name, shape, from: applied, to: target) else {
            continue
          }
          let bytes = rank * perRank + residue.byteCount
          if bytes < best.bytes { best = (.lowRank(update, residue: residue), bytes) }
        }
      }
    }
    (form, bytes) = best
  }

  private static func difference(
    _ current: FloatBuffer, _ target: FloatBuffer, _ shape: [Int]
  ) -> DoubleMatrix {
    DoubleMatrix(
      rows: shape[0], columns: shape[1],
      elements: zip(target.elements, current.elements).map { Double($0) - Double($1) })
  }

  /// The first triples as factors, the singular value shared between the two.
  private static func update(
    of name: String, _ triples: LeadingSingularTriples, rank: Int
  ) throws -> LowRankUpdate {
    var u = Matrix(rows: triples.left.columns, columns: rank)
    var v = Matrix(rows: rank, columns: triples.right.columns)
    for index in 0..<rank {
      let share = triples.values[index].squareRoot()
      for row in 0..<u.rows { u[row, index] = Float(triples.left[index, row] * share) }
      for column in 0..<v.columns { v[index, column] = Float(triples.right[index, column] * share) }
    }
    return try LowRankUpdate(
      tensor: name, u: StoredFactor(quantizing: u, as: .float32),
      v: StoredFactor(quantizing: v, as: .float32))
  }
}

extension SparseUpdate {
  /// What to add to numbers to get others; `nil` where adding cannot give one of them to the bit.
  fileprivate init?(
    of tensor: String, _ shape: [Int], from current: FloatBuffer, to target: FloatBuffer
  ) {
    self.init(tensor: tensor, shape: shape)
    for (index, (old, new)) in zip(current.elements, target.elements).enumerated()
    where old.bitPattern != new.bitPattern {
      let step = new - old
      guard (old + step).bitPattern == new.bitPattern else { return nil }
      indices.append(index)
      values.append(step)
    }
  }
}

extension FloatBuffer {
  fileprivate func differs(from other: FloatBuffer) -> Bool {
    zip(elements, other.elements).contains { $0.bitPattern != $1.bitPattern }
  }
}
