package import Tensors

/// Vectors added to the residual stream at chosen rows: what a change of the layers below would do
/// there.
///
/// The stream that reaches a layer is computed once; each shift of it runs the layers from there on
/// alone (``Decoder/forward(_:from:input:recordingFrom:through:)``), and
/// ``Decoder/streamGradient(of:from:rows:dLogits:)`` tells how the loss depends on it.
package struct ResidualShift: Sendable {
  /// Rows of the packed batch, distinct.
  package let rows: [Int]
  /// One row of `H` numbers for each of ``rows``.
  package let vectors: Matrix

  package init(rows: [Int], vectors: Matrix) {
    precondition(rows.count == vectors.rows, "one vector a row")
    self.rows = rows
    self.vectors = vectors
  }

  /// The stream, `T×H`, with the vectors added.
  package func applied(to stream: Matrix) -> Matrix {
    var shifted = stream
    for (index, row) in rows.enumerated() {
      for column in 0..<stream.columns { shifted[row, column] += vectors[index, column] }
    }
    return shifted
  }
}

extension Decoder {
  /// The gradient with respect to the residual stream that reached layer `first`, `T×H`, from the one
  /// with respect to the logits of chosen rows.
  ///
  /// - Parameter pass: a pass that recorded the layers from `first` on; `first` may be the number of
  ///   layers, where the stream is the last one.
  package func streamGradient(
    of pass: ForwardPass, from first: Int, rows: [Int], dLogits: Matrix
  ) throws -> Matrix {
    let chosen = try hiddenGradient(of: pass.hidden.gathering(rows: rows), dLogits: dLogits)
    var dHidden = pass.hidden.zeros
    for (index, row) in rows.enumerated() {
      for column in 0..<shape.hidden { dHidden[row, column] += chosen[index, column] }
    }
    return try backward(pass, dHidden: dHidden, at: nil, to: first) ?? dHidden
  }

  /// What the model computes at one row of every sequence: the inputs at a place, `sequences×in`, and
  /// the residual stream after a layer, `sequences×H`. In batches of bounded size.
  ///
  /// - Parameters:
  ///   - sequences: tokens, and the row that is read of them.
  ///   - place: in no layer above `last`.
  package func readings(
    of sequences: [(tokens: [Int], row: Int)], at place: KeyPlace, after last: Int,
    rowLimit: Int = 1024
  ) throws -> (keys: Matrix, stream: Matrix) {
    var keys: Matrix?
    var stream: Matrix?
    for part in Self.batches(of: sequences.map(\.tokens.count), rowLimit: rowLimit) {
      try Task.checkCancellation()
      let batch = TokenBatch(sequences[part].map(\.tokens))
      let pass = try forward(batch, recordingFrom: place.layer, through: last)
      let rows = zip(batch.starts, sequences[part]).map { $0 + $1.row }
      guard let record = pass.records[place.layer] else { continue }
      let (partKeys, partStream) = (
        record.keys(at: place.input).gathering(rows: rows), pass.hidden.gathering(rows: rows)
      )
      keys = keys?.stacked(above: partKeys) ?? partKeys
      stream = stream?.stacked(above: partStream) ?? partStream
    }
    return (
      keys ?? Matrix(rows: 0, columns: 0), stream ?? Matrix(rows: 0, columns: shape.hidden)
    )
  }
}
