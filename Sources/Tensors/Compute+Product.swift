internal import CKernels

/// Matrix products: one chain of fused multiply-adds per output, inner index ascending, whatever the
/// operands' encodings, the instruction set and the number of threads.
extension Compute {
  /// `x·wᵀ`: `rows×in` times a weight `out×in` gives `rows×out`.
  package func product(_ x: Matrix, transposed w: WeightView) -> Matrix {
    product(x, transposed: Right(w))
  }

  /// `x·wᵀ`: `rows×in` times `out×in` gives `rows×out`.
  package func product(_ x: Matrix, transposed w: Matrix) -> Matrix {
    w.elements.withUnsafeBytes { product(x, transposed: Right(w, bytes: $0)) }
  }

  /// `y·w`: `rows×out` times a weight `out×in` gives `rows×in`.
  package func product(_ y: Matrix, _ w: WeightView) -> Matrix {
    product(y, Right(w))
  }

  /// `y·w`: `rows×out` times `out×in` gives `rows×in`.
  package func product(_ y: Matrix, _ w: Matrix) -> Matrix {
    w.elements.withUnsafeBytes { product(y, Right(w, bytes: $0)) }
  }

  /// `aᵀ·b`: `rows×m` and `rows×n` give `m×n`, the sum running over the rows in order.
  package func product(transposed a: Matrix, _ b: Matrix) -> Matrix {
    precondition(a.rows == b.rows, "inner dimensions agree")
    return Matrix(rows: a.columns, columns: b.columns) { result in
      multiply(transposed: a, b, into: result, accumulate: false)
    }
  }

  /// `sum = sum + aᵀ·b`: the chain of every element of `sum` (`m×n`) goes on over the rows of `a`
  /// (`rows×m`) and `b` (`rows×n`) in order.
  package func addProduct(transposed a: Matrix, _ b: Matrix, to sum: inout Matrix) {
    precondition(
      a.rows == b.rows && sum.rows == a.columns && sum.columns == b.columns, "shapes agree")
    sum.elements.withUnsafeMutableBufferPointer { result in
      multiply(transposed: a, b, into: result, accumulate: true)
    }
  }

  /// The delta arithmetic: for every rank index `p` ascending,
  /// `W[i,j] = fma(U[i,p], V[p,j], W[i,j])`, with `U` `out×r`, `V` `r×in` and `W` `out×in`.
  package func addProduct(_ u: WeightView, _ v: WeightView, to w: FloatBuffer) {
    precondition(u.columns == v.rows && w.count == u.rows * v.columns, "shapes agree")
    let widened = widened(u)
    widened.elements.withUnsafeBufferPointer { left in
      multiply(
        Left(elements: left, rowStride: u.columns, innerStride: 1, rows: u.rows),
        by: Right(v), layout: CK_ROWS_ARE_INNER,
        into: UnsafeMutableBufferPointer(start: w.pointer, count: w.count), accumulate: true)
    }
  }

  private func product(_ x: Matrix, transposed w: Right) -> Matrix {
    precondition(x.columns == w.columns, "inner dimensions agree")
    return Matrix(rows: x.rows, columns: w.rows) { result in
      x.elements.withUnsafeBufferPointer { left in
        multiply(
          Left(elements: left, rowStride: x.columns, innerStride: 1, rows: x.rows),
          by: w, layout: CK_ROWS_ARE_COLUMNS, into: result, accumulate: false)
      }
    }
  }

  private func product(_ y: Matrix, _ w: Right) -> Matrix {
    precondition(y.columns == w.rows, "inner dimensions agree")
    return Matrix(rows: y.rows, columns: w.columns) { result in
      y.elements.withUnsafeBufferPointer { left in
        multiply(
          Left(elements: left, rowStride: y.columns, innerStride: 1, rows: y.rows),
          by: w, layout: CK_ROWS_ARE_INNER, into: result, accumulate: false)
      }
    }
  }

  private func multiply(
    transposed a: Matrix, _ b: Matrix, into result: UnsafeMutableBufferPointer<Float>,
    accumulate: Bool
  ) {
    a.elements.withUnsafeBufferPointer { left in
      b.elements.withUnsafeBytes { right in
        multiply(
          Left(elements: left, rowStride: 1, innerStride: a.columns, rows: a.columns),
          by: Right(b, bytes: right), layout: CK_ROWS_ARE_INNER, into: result,
          accumulate: accumulate)
      }
    }
  }

  /// The right operand: stored rows, read where they lie.
  private struct Right {
    let elementType: ElementType
    let rows: Int
    let columns: Int
    let rowBytes: Int
    let segments: [WeightView.Segment]

    init(_ view: WeightView) {
      elementType = view.elementType
      rows = view.rows
      columns = view.columns
      rowBytes = view.rowBytes
      segments = view.segments
    }

    /// - Parameter bytes: those of the matrix, valid for as long as this operand is used.
    init(_ matrix: Matrix, bytes: UnsafeRawBufferPointer) {
      elementType = .float32
      rows = matrix.rows
      columns = matrix.columns
      rowBytes = matrix.columns * MemoryLayout<Float>.stride
      segments = bytes.baseAddress.map { [.init(rows: 0..<matrix.rows, bytes: $0)] } ?? []
    }
  }

  /// The left operand `rows×inner`: element `(i, p)` at `i·rowStride + p·innerStride`.
  private struct Left {
    let elements: UnsafeBufferPointer<Float>
    let rowStride: Int
    let innerStride: Int
    let rows: Int
  }

  private func multiply(
    _ left: Left, by right: Right, layout: ck_layout,
    into result: UnsafeMutableBufferPointer<Float>, accumulate: Bool
  ) {
    guard let type = right.elementType.code, let c = result.baseAddress, left.rows > 0 else {
      return
    }
    let rowsAreInner = layout == CK_ROWS_ARE_INNER
    let inner = rowsAreInner ? right.rows : right.columns
    let columns = rowsAreInner ? right.columns : right.rows
    // Rows of the right operand that are inner indices continue a chain from segment to segment.
    let steps = rowsAreInner ? right.segments.map(\.rows) : [0..<inner]
    guard inner > 0 else {
      if !accumulate { result.update(repeating: 0) }
      return
    }
    let packed = pack(left, steps: steps)
    let cShared = Shared(c)
    let scratchCount = 2 * kernels.pointee.inner_block * kernels.pointee.tile_columns
    let segments = Shared(right.segments)
    let (elementType, rowBytes) = (right.elementType, right.rowBytes)
    let leftRows = left.rows
    // Whole blocks of quantised rows, and whole tiles of every instruction set.
    parallel(columns, grain: 32) { range in
      let scratch = FloatBuffer(uninitialized: scratchCount)
      for (index, segment) in segments.pointer.enumerated() {
        let step = rowsAreInner ? steps[index] : steps[0]
        let part = rowsAreInner ? range : range.clamped(to: segment.rows)
        guard !part.isEmpty else { continue }
        let skip =
          rowsAreInner
          ? part.lowerBound / elementType.elementsPerBlock * elementType.bytesPerBlock
          : (part.lowerBound - segment.rows.lowerBound) * rowBytes
        kernels.pointee.multiply(
          packed[rowsAreInner ? index : 0].pointer, type, layout, segment.bytes + skip,
          rowBytes, leftRows, step.count, part.count,
          accumulate || step.lowerBound > 0, cShared.pointer + part.lowerBound, columns,
          scratch.pointer)
      }
    }
  }

  /// The left operand in panels, one buffer for each range of inner indices.
  private func pack(_ left: Left, steps: [Range<Int>]) -> [FloatBuffer] {
    let tileRows = kernels.pointee.tile_rows
    let paddedRows = (left.rows + tileRows - 1) / tileRows * tileRows
    return steps.map { step in
      let packed = FloatBuffer(uninitialized: paddedRows * step.count)
      guard let source = left.elements.baseAddress else { return packed }
      let shared = Shared(source + step.lowerBound * left.innerStride)
      let (rowStride, innerStride) = (left.rowStride, left.innerStride)
      parallel(left.rows, grain: tileRows) { rows in
        kernels.pointee.pack_left(
          shared.pointer + rows.lowerBound * rowStride, rowStride, innerStride, rows.count,
          step.count, packed.pointer + rows.lowerBound * step.count)
      }
      return packed
    }
  }
}
