internal import CKernels

/// A symmetric matrix as `Bᵀ·T·B` with a tridiagonal `T` and an orthogonal basis `B`, on the way from
/// the matrix itself to its eigenvalues.
struct Tridiagonal {
  private(set) var diagonal: [Double]
  /// Element `i` stands between `i` and `i + 1`; the last is 0.
  private(set) var beside: [Double]
  /// Rows are the basis vectors.
  private(set) var basis: DoubleMatrix

  /// Sweeps that one eigenvalue may take; three are usual.
  private static let sweepLimit = 100
  /// Rotations gathered before the basis is turned by them.
  private static let rotationLimit = 1 << 15

  /// Householder's reduction: for `k = 0 … n−3` the reflection `I − τvvᵀ` that leaves of row `k`
  /// beyond the diagonal its first element alone.
  ///
  /// - Complexity: O(n³).
  init(reducing matrix: DoubleMatrix, compute: Compute) {
    let size = matrix.rows
    var work = matrix
    var diagonal = [Double](repeating: 0, count: size)
    var (beside, scales) = (diagonal, diagonal)
    work.elements.withUnsafeMutableBufferPointer { buffer in
      guard let a = buffer.baseAddress else { return }
      for step in 0..<max(0, size - 2) {
        (scales[step], beside[step]) = Self.reflect(a, size: size, step: step, compute: compute)
      }
      for index in 0..<size { diagonal[index] = a[index * size + index] }
      if size > 1 { beside[size - 2] = a[(size - 2) * size + size - 1] }
    }
    self.diagonal = diagonal
    self.beside = beside
    basis = Self.basis(of: work, scales: scales, compute: compute)
  }

  /// One reflection; its vector is left in the row that it was made from.
  ///
  /// - Returns: τ, 0 where there is nothing to reflect, and the element that is left of the row.
  private static func reflect(
    _ a: UnsafeMutablePointer<Double>, size: Int, step: Int, compute: Compute
  ) -> (scale: Double, left: Double) {
    let next = step + 1
    let count = size - next
    let row = a + step * size + next
    var tail = 0.0
    for index in 1..<count { tail += row[index] * row[index] }
    let first = row[0]
    guard tail > 0 else { return (0, first) }
    let length = (first * first + tail).squareRoot()
    let turned = first > 0 ? -length : length
    let scale = (turned - first) / turned
    let divisor = first - turned
    row[0] = 1
    for index in 1..<count { row[index] /= divisor }

    // v and w side by side, as the two rows and the two columns of factors of the update.
    var pair = [Double](repeating: 0, count: 2 * count)
    pair.withUnsafeMutableBufferPointer { buffer in
      guard let w = buffer.baseAddress else { return }
      let v = w + count
      v.update(from: row, count: count)
      let shared = Shared((a + next * size + next, w, v))
      compute.parallel(count, grain: 32) { range in
        let (trailing, w, v) = shared.pointer
        compute.kernels.pointee.add_products(
          trailing + range.lowerBound, size, v, 1, 1, count, range.count, w + range.lowerBound)
      }
      var overlap = 0.0
      for index in 0..<count {
        w[index] *= scale
        overlap += w[index] * v[index]
      }
      let half = scale / 2 * overlap
      for index in 0..<count { w[index] -= half * v[index] }
      compute.parallel(count, grain: 8) { rows in
        let (trailing, w, v) = shared.pointer
        for row in rows {
          // (A − v·wᵀ) − w·vᵀ: the factors are v_i and w_i, the rows w and v.
          var factors = (v[row], w[row])
          withUnsafeBytes(of: &factors) { bytes in
            guard let factors = bytes.bindMemory(to: Double.self).baseAddress else { return }
            compute.kernels.pointee.add_products(
              w, count, factors, 1, -1, 2, count, trailing + row * size)
          }
        }
      }
    }
    return (scale, turned)
  }

  /// The product of the reflections, `B = (H₀·H₁·…)ᵀ`.
  private static func basis(
    of work: DoubleMatrix, scales: [Double], compute: Compute
  ) -> DoubleMatrix {
    let size = work.rows
    var product = DoubleMatrix(rows: size, columns: size)
    for index in 0..<size { product[index, index] = 1 }
    product.elements.withUnsafeMutableBufferPointer { buffer in
      work.elements.withUnsafeBufferPointer { work in
        guard let q = buffer.baseAddress, let work = work.baseAddress else { return }
        for step in stride(from: size - 3, through: 0, by: -1) where scales[step] != 0 {
          let next = step + 1
          let count = size - next
          var overlap = [Double](repeating: 0, count: count)
          overlap.withUnsafeMutableBufferPointer { buffer in
            guard let u = buffer.baseAddress else { return }
            let shared = Shared((q + next * size + next, u, work + step * size + next))
            compute.parallel(count, grain: 32) { range in
              let (block, u, v) = shared.pointer
              compute.kernels.pointee.add_products(
                block + range.lowerBound, size, v, 1, 1, count, range.count, u + range.lowerBound)
            }
            for index in 0..<count { u[index] *= scales[step] }
            compute.parallel(count, grain: 8) { rows in
              let (block, u, v) = shared.pointer
              for row in rows {
                compute.kernels.pointee.add_products(
                  u, count, v + row, 1, -1, 1, count, block + row * size)
              }
            }
          }
        }
      }
    }
    return product.transposed
  }

  /// Makes `T` diagonal by the implicit QL method, and turns the basis with it.
  ///
  /// - Returns: whether the method came to an end.
  /// - Complexity: O(n³).
  mutating func diagonalize(compute: Compute) -> Bool {
    let size = diagonal.count
    guard size > 1 else { return true }
    let norm = (0..<size).reduce(0.0) { max($0, abs(diagonal[$1]) + abs(beside[$1])) }
    let negligible = norm * Double.ulpOfOne
    var rotations = Rotations()
    for first in 0..<size {
      var sweeps = 0
      while true {
        // The block that begins here and hangs together.
        var last = first
        while last < size - 1, abs(beside[last]) > negligible { last += 1 }
        guard last > first else { break }
        guard sweeps < Self.sweepLimit else { return false }
        sweeps += 1
        sweep(first...last, &rotations)
        if rotations.rows.count >= Self.rotationLimit { turn(by: &rotations, compute: compute) }
      }
    }
    turn(by: &rotations, compute: compute)
    return true
  }

  /// One QL sweep from the end of a block to its beginning.
  private mutating func sweep(_ block: ClosedRange<Int>, _ rotations: inout Rotations) {
    let (first, last) = (block.lowerBound, block.upperBound)
    // Wilkinson's shift.
    var g = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first])
    let length = (g * g + 1).squareRoot()
    g = diagonal[last] - diagonal[first] + beside[first] / (g + (g < 0 ? -length : length))
    var (sine, cosine, shift) = (1.0, 1.0, 0.0)
    for index in stride(from: last - 1, through: first, by: -1) {
      let f = sine * beside[index]
      let b = cosine * beside[index]
      let r = (f * f + g * g).squareRoot()
      beside[index + 1] = r
      guard r > 0 else {
        diagonal[index + 1] -= shift
        beside[last] = 0
        return
      }
      sine = f / r
      cosine = g / r
      g = diagonal[index + 1] - shift
      let turned = (diagonal[index] - g) * sine + 2 * cosine * b
      shift = sine * turned
      diagonal[index + 1] = g + shift
      g = cosine * turned - b
      rotations.append(row: index, cosine: cosine, sine: sine)
    }
    diagonal[first] -= shift
    beside[first] = g
    beside[last] = 0
  }

  /// Applies gathered rotations to the basis, in their order, and forgets them.
  private mutating func turn(by rotations: inout Rotations, compute: Compute) {
    let size = diagonal.count
    basis.elements.withUnsafeMutableBufferPointer { buffer in
      guard let z = buffer.baseAddress else { return }
      let shared = Shared(z)
      let turns = rotations
      compute.parallel((size + 31) / 32) { chunks in
        // A chunk of columns stays in the second cache for all rotations.
        for chunk in chunks {
          compute.kernels.pointee.rotate_rows(
            shared.pointer + 32 * chunk, size, turns.rows, turns.cosines, turns.sines,
            turns.rows.count, min(32, size - 32 * chunk))
        }
      }
    }
    rotations = Rotations()
  }

  /// Plane rotations of rows `rows[i]` and `rows[i] + 1`.
  private struct Rotations: Sendable {
    private(set) var rows: [Int] = []
    private(set) var cosines: [Double] = []
    private(set) var sines: [Double] = []

    mutating func append(row: Int, cosine: Double, sine: Double) {
      rows.append(row)
      cosines.append(cosine)
      sines.append(sine)
    }
  }
}
