internal import CKernels

extension Compute {
  /// The exact binary32 values of a stored matrix.
  package func widened(_ view: WeightView) -> Matrix {
    Matrix(rows: view.rows, columns: view.columns) { buffer in
      guard let target = buffer.baseAddress else { return }
      widen(view, into: target)
    }
  }

  /// The exact binary32 values of a stored matrix, in memory that can be edited.
  package func widenedBuffer(_ view: WeightView) -> FloatBuffer {
    let buffer = FloatBuffer(uninitialized: view.rows * view.columns)
    widen(view, into: buffer.pointer)
    return buffer
  }

  /// The exact binary32 values of chosen rows, as of an embedding.
  package func widened(_ view: WeightView, rows chosen: [Int]) -> Matrix {
    Matrix(rows: chosen.count, columns: view.columns) { buffer in
      guard let target = buffer.baseAddress, let type = view.elementType.code else { return }
      for (index, row) in chosen.enumerated() {
        guard let segment = view.segments.first(where: { $0.rows.contains(row) }) else {
          preconditionFailure("row \(row) lies outside the matrix")
        }
        kernels.pointee.widen(
          type, segment.bytes + (row - segment.rows.lowerBound) * view.rowBytes, view.columns,
          target + index * view.columns)
      }
    }
  }

  /// Widens a view into a buffer of as many numbers, exactly.
  package func widen(_ view: WeightView, into buffer: FloatBuffer) {
    precondition(buffer.count == view.rows * view.columns, "a number for each element")
    widen(view, into: buffer.pointer)
  }

  private func widen(_ view: WeightView, into target: UnsafeMutablePointer<Float>) {
    guard let type = view.elementType.code else { return }
    let shared = Shared(target)
    for segment in view.segments {
      let source = Shared(segment.bytes)
      let first = segment.rows.lowerBound
      parallel(segment.rows.count) { rows in
        kernels.pointee.widen(
          type, source.pointer + rows.lowerBound * view.rowBytes, rows.count * view.columns,
          shared.pointer + (first + rows.lowerBound) * view.columns)
      }
    }
  }
}
