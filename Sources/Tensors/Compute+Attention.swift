internal import CKernels

/// The shape of grouped causal attention: consecutive query heads share a key/value head.
package struct AttentionShape: Sendable {
  package let queryHeads: Int
  /// Divides ``queryHeads``.
  package let keyValueHeads: Int
  package let headSize: Int
  /// Positions that a query sees, itself included; `nil` where it sees all before it.
  package let window: Int?

  package init(queryHeads: Int, keyValueHeads: Int, headSize: Int, window: Int?) {
    precondition(
      keyValueHeads > 0 && queryHeads.isMultiple(of: keyValueHeads), "heads form equal groups")
    self.queryHeads = queryHeads
    self.keyValueHeads = keyValueHeads
    self.headSize = headSize
    self.window = window
  }

  /// Columns of queries and outputs.
  package var queryColumns: Int { queryHeads * headSize }
  /// Columns of keys and of values.
  package var keyColumns: Int { keyValueHeads * headSize }

  func kernelShape(past: Int = 0, length: Int) -> ck_attention {
    ck_attention(
      length: length, past: past, head_size: headSize, group: queryHeads / keyValueHeads,
      window: window ?? 0,
      scale: 1 / Float(headSize).squareRoot(), query_stride: queryColumns, key_stride: keyColumns)
  }
}

/// Cosines and sines of the rotary position embedding (Su et al. 2021), `positions×half`.
package struct RotaryTable: Sendable {
  package let half: Int
  let cosines: [Float]
  let sines: [Float]

  /// - Parameter inverseFrequencies: of each of the `half` pairs of a head.
  /// - Complexity: O(positions · half).
  package init(inverseFrequencies: [Float], positions: Int) {
    half = inverseFrequencies.count
    var (cosines, sines): ([Float], [Float]) = ([], [])
    cosines.reserveCapacity(positions * half)
    sines.reserveCapacity(positions * half)
    for position in 0..<positions {
      for frequency in inverseFrequencies {
        // The angle is rounded to binary32 first, as models are trained.
        let (sine, cosine) = PortableMath.sineAndCosine(Double(Float(position) * frequency))
        cosines.append(Float(cosine))
        sines.append(Float(sine))
      }
    }
    self.cosines = cosines
    self.sines = sines
  }

  package var positions: Int { half == 0 ? 0 : cosines.count / half }
}

/// Attention over sequences that lie one behind the other in the rows of a matrix.
extension Compute {
  /// Turns every head of every row by its position's angles; backwards, which is the transpose, with
  /// `inverse`.
  package func rotate(
    _ x: inout Matrix, headSize: Int, positions: [Int], by table: RotaryTable, inverse: Bool
  ) {
    let columns = x.columns
    updateRows(&x) { row, target in
      table.cosines.withUnsafeBufferPointer { cosines in
        table.sines.withUnsafeBufferPointer { sines in
          guard let cosines = cosines.baseAddress, let sines = sines.baseAddress else { return }
          let place = positions[row] * table.half
          for head in stride(from: 0, to: columns, by: headSize) {
            kernels.pointee.rotate_halves(
              target + head, cosines + place, sines + place, table.half, inverse ? -1 : 1)
          }
        }
      }
    }
  }

  /// `softmax(q·kᵀ/√size)·v`, causal, within each sequence.
  ///
  /// - Parameter lengths: of the sequences, in the order of their rows.
  /// - Returns: outputs, shaped like `query`.
  package func attention(
    _ shape: AttentionShape, lengths: [Int], query: Matrix, key: Matrix, value: Matrix
  ) -> Matrix {
    attention(
      shape, query: query, key: key, value: value,
      spans: Self.places(lengths).map { first, length in
        Span(query: first..<first + length, key: first..<first + length)
      })
  }

  /// The same for the last positions of one sequence: the rows of `query` come after `past` others,
  /// whose keys and values are the first rows of `key` and `value`.
  package func attention(
    _ shape: AttentionShape, past: Int, query: Matrix, key: Matrix, value: Matrix
  ) -> Matrix {
    attention(
      shape, query: query, key: key, value: value,
      spans: [Span(query: 0..<query.rows, key: 0..<past + query.rows)])
  }

  /// Rows of one sequence: the last of its keys belong to its queries.
  private struct Span {
    let query: Range<Int>
    let key: Range<Int>
  }

  private func attention(
    _ shape: AttentionShape, query: Matrix, key: Matrix, value: Matrix, spans: [Span]
  ) -> Matrix {
    Matrix(rows: query.rows, columns: query.columns) { buffer in
      guard let start = buffer.baseAddress else { return }
      let out = Shared(start)
      let group = shape.queryHeads / shape.keyValueHeads * shape.headSize
      withPointers(query, key, value) { query, key, value in
        for span in spans {
          let rows = span.query.count
          // The tasks are heads times positions; a range may begin and end inside a head.
          parallel(shape.keyValueHeads * rows, grain: 8) { tasks in
            let scratch = FloatBuffer(uninitialized: span.key.count)
            var kernelShape = shape.kernelShape(
              past: span.key.count - rows, length: span.key.count)
            for head in tasks.lowerBound / rows...(tasks.upperBound - 1) / rows {
              let begin = max(0, tasks.lowerBound - head * rows)
              let end = min(rows, tasks.upperBound - head * rows)
              let queryPlace = span.query.lowerBound * query.columns + head * group
              let keyPlace = span.key.lowerBound * key.columns + head * shape.headSize
              kernels.pointee.attend(
                &kernelShape, begin, end, query.start + queryPlace, key.start + keyPlace,
                value.start + keyPlace, out.pointer + queryPlace, scratch.pointer)
            }
          }
        }
      }
    }
  }

  /// The gradients of ``attention(_:lengths:query:key:value:)`` with respect to its three inputs.
  package func attentionGradient(
    _ shape: AttentionShape, lengths: [Int], query: Matrix, key: Matrix, value: Matrix,
    dOutput: Matrix
  ) -> (query: Matrix, key: Matrix, value: Matrix) {
    var dQuery = Matrix(rows: query.rows, columns: query.columns)
    var dKey = Matrix(rows: key.rows, columns: key.columns)
    var dValue = dKey
    let group = shape.queryHeads / shape.keyValueHeads * shape.headSize
    let places = Self.places(lengths)
    dQuery.elements.withUnsafeMutableBufferPointer { dQuery in
      dKey.elements.withUnsafeMutableBufferPointer { dKey in
        dValue.elements.withUnsafeMutableBufferPointer { dValue in
          guard let dQ = dQuery.baseAddress, let dK = dKey.baseAddress,
            let dV = dValue.baseAddress
          else { return }
          let targets = Shared((dQ, dK, dV))
          withPointers(query, key, value) { query, key, value in
            withPointers(dOutput, dOutput, dOutput) { dOutput, _, _ in
              // A key's gradient sums over positions and query heads, so one task has them all.
              parallel(places.count * shape.keyValueHeads) { tasks in
                for task in tasks {
                  let (first, length) = places[task / shape.keyValueHeads]
                  let head = task % shape.keyValueHeads
                  let scratch = FloatBuffer(uninitialized: 2 * length)
                  var kernelShape = shape.kernelShape(length: length)
                  let queryPlace = first * query.columns + head * group
                  let keyPlace = first * key.columns + head * shape.headSize
                  kernels.pointee.attend_backward(
                    &kernelShape, query.start + queryPlace, key.start + keyPlace,
                    value.start + keyPlace, dOutput.start + queryPlace,
                    targets.pointer.0 + queryPlace, targets.pointer.1 + keyPlace,
                    targets.pointer.2 + keyPlace, scratch.pointer)
                }
              }
            }
          }
        }
      }
    }
    return (dQuery, dKey, dValue)
  }

  /// Where each sequence begins, and its length.
  private static func places(_ lengths: [Int]) -> [(first: Int, length: Int)] {
    var first = 0
    return lengths.filter { $0 > 0 }.map { length in
      defer { first += length }
      return (first, length)
    }
  }

  /// The elements of a matrix, for tasks that only read them while the matrix is held.
  private struct Elements: @unchecked Sendable {
    let start: UnsafePointer<Float>
    let columns: Int
  }

  private func withPointers(
    _ a: Matrix, _ b: Matrix, _ c: Matrix, _ body: (Elements, Elements, Elements) -> Void
  ) {
    a.elements.withUnsafeBufferPointer { aBuffer in
      b.elements.withUnsafeBufferPointer { bBuffer in
        c.elements.withUnsafeBufferPointer { cBuffer in
          guard let aStart = aBuffer.baseAddress, let bStart = bBuffer.baseAddress,
            let cStart = cBuffer.baseAddress
          else { return }
          body(
            Elements(start: aStart, columns: a.columns),
            Elements(start: bStart, columns: b.columns),
            Elements(start: cStart, columns: c.columns))
        }
      }
    }
  }
}
