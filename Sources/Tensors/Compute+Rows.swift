internal import CKernels

/// Norms, activations and sums over the rows of matrices.
extension Compute {
  /// RMS norm of every row: `y = x·inverse·weight` with `inverse = 1/√(mean(x²) + ε)`
  /// (Zhang & Sennrich 2019).
  ///
  /// - Returns: `y` (`rows×columns`) and the rows' inverse root mean squares.
  package func rootMeanSquareNorm(
    _ x: Matrix, weight: [Float], epsilon: Float
  ) -> (normalized: Matrix, inverses: [Float]) {
    precondition(weight.count == x.columns, "one weight a column")
    var inverses = [Float](repeating: 0, count: x.rows)
    let normalized = inverses.withUnsafeMutableBufferPointer { inverses in
      let inversesShared = Shared(inverses)
      return mapRows(x, columns: x.columns) { row, source, target in
        inversesShared.pointer[row] = kernels.pointee.rms_norm(
          source, weight, x.columns, epsilon, target)
      }
    }
    return (normalized, inverses)
  }

  /// Adds to `gradient` what ``rootMeanSquareNorm(_:weight:epsilon:)`` passes back from `dy`.
  package func addRootMeanSquareNormGradient(
    _ x: Matrix, weight: [Float], inverses: [Float], dy: Matrix, to gradient: inout Matrix
  ) {
    updateRows(&gradient) { row, target in
      x.elements.withUnsafeBufferPointer { x in
        dy.elements.withUnsafeBufferPointer { dy in
          guard let x = x.baseAddress, let dy = dy.baseAddress else { return }
          kernels.pointee.rms_norm_backward(
            x + row * weight.count, weight, dy + row * weight.count, weight.count, inverses[row],
            target)
        }
      }
    }
  }

  /// `silu(gate)·up`, the gated activation of Llama's MLP (Shazeer 2020).
  package func gatedActivation(gate: Matrix, up: Matrix) -> Matrix {
    up.elements.withUnsafeBufferPointer { up in
      let upShared = Shared(up.baseAddress)
      return mapRows(gate, columns: gate.columns) { row, source, target in
        guard let up = upShared.pointer else { return }
        kernels.pointee.swiglu(source, up + row * gate.columns, gate.columns, target)
      }
    }
  }

  /// The gradients with respect to `gate` and `up` from the one with respect to
  /// ``gatedActivation(gate:up:)``.
  package func gatedActivationGradient(
    gate: Matrix, up: Matrix, dActivation: Matrix
  ) -> (gate: Matrix, up: Matrix) {
    var dUp = dActivation
    let columns = gate.columns
    let dGate = dUp.elements.withUnsafeMutableBufferPointer { dUp in
      up.elements.withUnsafeBufferPointer { up in
        let (upShared, dUpShared) = (Shared(up.baseAddress), Shared(dUp.baseAddress))
        return mapRows(gate, columns: columns) { row, source, target in
          guard let up = upShared.pointer, let dUp = dUpShared.pointer else { return }
          let place = row * columns
          // The kernel reads an element of dActivation before it writes the one of dUp.
          kernels.pointee.swiglu_backward(
            source, up + place, dUp + place, columns, target, dUp + place)
        }
      }
    }
    return (dGate, dUp)
  }

  /// `target = target + addend`.
  package func add(_ addend: Matrix, to target: inout Matrix) {
    precondition(addend.elements.count == target.elements.count, "shapes agree")
    addend.elements.withUnsafeBufferPointer { addend in
      let shared = Shared(addend.baseAddress)
      let columns = target.columns
      updateRows(&target) { row, target in
        guard let addend = shared.pointer else { return }
        kernels.pointee.add(addend + row * columns, columns, target)
      }
    }
  }

  /// The strided sum of products, as all reductions run that are no matrix product.
  package func dot(_ x: [Float], _ y: [Float]) -> Float {
    precondition(x.count == y.count, "lengths agree")
    return kernels.pointee.dot(x, y, x.count)
  }

  /// A matrix whose rows `body` writes, each from the row of `source` of the same number.
  func mapRows(
    _ source: Matrix, columns: Int,
    _ body: @Sendable (Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) -> Matrix {
    Matrix(rows: source.rows, columns: columns) { buffer in
      source.elements.withUnsafeBufferPointer { elements in
        guard let first = elements.baseAddress, let target = buffer.baseAddress else { return }
        let (from, to) = (Shared(first), Shared(target))
        let sourceColumns = source.columns
        parallel(source.rows) { rows in
          for row in rows {
            body(row, from.pointer + row * sourceColumns, to.pointer + row * columns)
          }
        }
      }
    }
  }

  /// Lets `body` change every row of a matrix.
  func updateRows(
    _ matrix: inout Matrix, _ body: @Sendable (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let (rows, columns) = (matrix.rows, matrix.columns)
    matrix.elements.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      let shared = Shared(start)
      parallel(rows) { rows in
        for row in rows { body(row, shared.pointer + row * columns) }
      }
    }
  }
}
