internal import CKernels

/// Softmax, its logarithm and cross-entropy over rows of logits.
extension Compute {
  /// The logarithm of the sum of exponentials of every row.
  package func logSumExp(_ logits: Matrix) -> [Double] {
    var sums = [Double](repeating: 0, count: logits.rows)
    sums.withUnsafeMutableBufferPointer { sums in
      let shared = Shared(sums)
      logits.elements.withUnsafeBufferPointer { elements in
        guard let start = elements.baseAddress else { return }
        let source = Shared(start)
        parallel(logits.rows) { rows in
          let exponentials = FloatBuffer(uninitialized: logits.columns)
          for row in rows {
            var maximum: Float = 0
            let sum = kernels.pointee.exponentials(
              source.pointer + row * logits.columns, logits.columns, exponentials.pointer, &maximum)
            shared.pointer[row] = Double(maximum) + PortableMath.logarithm(Double(sum))
          }
        }
      }
    }
    return sums
  }

  /// The negative log-probability of each row's target.
  package func crossEntropy(_ logits: Matrix, targets: [Int]) -> [Double] {
    precondition(targets.count == logits.rows, "one target a row")
    return logSumExp(logits).enumerated().map { row, sum in
      sum - Double(logits[row, targets[row]])
    }
  }

  /// The gradient of `Σ weightᵢ·cross-entropyᵢ` with respect to the logits:
  /// `weightᵢ·(softmax − one-hot)` in row `i`.
  package func crossEntropyGradient(
    _ logits: Matrix, targets: [Int], weights: [Float]
  ) -> Matrix {
    precondition(
      targets.count == logits.rows && weights.count == logits.rows, "one target a row")
    let columns = logits.columns
    return mapRows(logits, columns: columns) { row, source, target in
      var maximum: Float = 0
      let sum = kernels.pointee.exponentials(source, columns, target, &maximum)
      kernels.pointee.scale(target, columns, weights[row] / sum)
      target[targets[row]] -= weights[row]
    }
  }

  /// How far the distribution of each row of `logits` lies from that of the same row of `reference`,
  /// KL(reference ‖ logits), and the gradient of `Σ weightᵢ·KLᵢ` with respect to `logits`:
  /// `weightᵢ·(softmax(logitsᵢ) − softmax(referenceᵢ))`.
  ///
  /// With `p` the reference's probabilities the divergence is
  /// `Σ p∘(reference − logits) − (ln Σ exp reference − ln Σ exp logits)`, the sum a strided one of
  /// binary32 numbers, the rest binary64.
  package func divergence(
    _ logits: Matrix, from reference: Matrix, weights: [Float]
  ) -> (divergences: [Double], gradient: Matrix) {
    precondition(
      logits.rows == reference.rows && logits.columns == reference.columns
        && weights.count == logits.rows, "shapes agree")
    let columns = logits.columns
    var divergences = [Double](repeating: 0, count: logits.rows)
    let gradient = divergences.withUnsafeMutableBufferPointer { divergences in
      reference.elements.withUnsafeBufferPointer { reference in
        let (results, references) = (Shared(divergences), Shared(reference.baseAddress))
        return mapRows(logits, columns: columns) { row, source, target in
          guard let reference = references.pointer.map({ $0 + row * columns }) else { return }
          let (expected, difference) = (
            FloatBuffer(uninitialized: columns), FloatBuffer(uninitialized: columns)
          )
          var (maximum, referenceMaximum): (Float, Float) = (0, 0)
          let referenceSum = kernels.pointee.exponentials(
            reference, columns, expected.pointer, &referenceMaximum)
          let sum = kernels.pointee.exponentials(source, columns, target, &maximum)
          for column in 0..<columns {
            difference.pointer[column] = reference[column] - source[column]
          }
          let mean =
            Double(kernels.pointee.dot(expected.pointer, difference.pointer, columns))
            / Double(referenceSum)
          let referenceLog =
            Double(referenceMaximum) + PortableMath.logarithm(Double(referenceSum))
          let log = Double(maximum) + PortableMath.logarithm(Double(sum))
          results.pointer[row] = mean - (referenceLog - log)
          kernels.pointee.scale(target, columns, weights[row] / sum)
          kernels.pointee.scale(expected.pointer, columns, weights[row] / referenceSum)
          for column in 0..<columns { target[column] -= expected.pointer[column] }
        }
      }
    }
    return (divergences, gradient)
  }

  /// A place in each row of logits, drawn by their softmax: the first at which the sum of the probabilities
  /// up to it, in binary64 and in order, exceeds the row's `level`.
  ///
  /// - Parameter levels: in [0, 1), for each row.
  package func drawn(_ logits: Matrix, levels: [Double]) -> [Int] {
    precondition(levels.count == logits.rows, "one level a row")
    var places = [Int](repeating: 0, count: logits.rows)
    places.withUnsafeMutableBufferPointer { places in
      let results = Shared(places)
      logits.elements.withUnsafeBufferPointer { elements in
        guard let start = elements.baseAddress else { return }
        let (source, columns) = (Shared(start), logits.columns)
        parallel(logits.rows) { rows in
          let exponentials = FloatBuffer(uninitialized: columns)
          for row in rows {
            var maximum: Float = 0
            _ = kernels.pointee.exponentials(
              source.pointer + row * columns, columns, exponentials.pointer, &maximum)
            let total = (0..<columns).reduce(0) { $0 + Double(exponentials.pointer[$1]) }
            var (sum, place) = (0.0, 0)
            while place < columns - 1 {
              sum += Double(exponentials.pointer[place])
              if sum > levels[row] * total { break }
              place += 1
            }
            results.pointer[row] = place
          }
        }
      }
    }
    return places
  }

  /// The place of the largest element of each row, the first where several are equal.
  package func largest(_ matrix: Matrix) -> [Int] {
    var places = [Int](repeating: 0, count: matrix.rows)
    matrix.elements.withUnsafeBufferPointer { elements in
      guard let first = elements.baseAddress else { return }
      places.withUnsafeMutableBufferPointer { places in
        guard let target = places.baseAddress else { return }
        let (source, results, columns) = (Shared(first), Shared(target), matrix.columns)
        parallel(matrix.rows) { rows in
          for row in rows {
            let numbers = source.pointer + row * columns
            var best = 0
            for column in 0..<columns where numbers[column] > numbers[best] { best = column }
            results.pointer[row] = best
          }
        }
      }
    }
    return places
  }
}
