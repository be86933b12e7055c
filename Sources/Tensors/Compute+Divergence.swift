internal import CKernels

/// The Kullback–Leibler divergence between rows of logits.
extension Compute {
  /// `KL(p ‖ q)` of every row, `p` the softmax of `logits` and `q` that of `reference`, and the
  /// gradient of `weight·Σ KL` with respect to `logits`: `weight·pᵢ·(ln pᵢ − ln qᵢ − KL)`.
  ///
  /// In binary64, the sums of a row ascending.
  package func divergence(
    of logits: Matrix, from reference: Matrix, weight: Double
  ) -> (divergences: [Double], gradient: Matrix) {
    precondition(
      logits.rows == reference.rows && logits.columns == reference.columns, "shapes agree")
    let (sums, referenceSums) = (logSumExp(logits), logSumExp(reference))
    var divergences = [Double](repeating: 0, count: logits.rows)
    let gradient = divergences.withUnsafeMutableBufferPointer { divergences in
      let shared = Shared(divergences)
      let columns = logits.columns
      return mapRows(logits, columns: columns) { row, source, target in
        reference.elements.withUnsafeBufferPointer { reference in
          func difference(_ column: Int) -> Double {
            (Double(source[column]) - sums[row])
              - (Double(reference[row * columns + column]) - referenceSums[row])
          }
          var maximum: Float = 0
          let sum = kernels.pointee.exponentials(source, columns, target, &maximum)
          kernels.pointee.scale(target, columns, 1 / sum)
          var divergence = 0.0
          for column in 0..<columns {
            divergence += Double(target[column]) * difference(column)
          }
          for column in 0..<columns {
            target[column] = Float(
              weight * Double(target[column]) * (difference(column) - divergence))
          }
          shared.pointer[row] = divergence
        }
      }
    }
    return (divergences, gradient)
  }
}
