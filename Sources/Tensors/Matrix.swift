/// A dense matrix of binary32 numbers, `rows×columns`, row-major.
package struct Matrix: Sendable, Equatable {
  package let rows: Int
  package let columns: Int
  /// `rows·columns` numbers.
  package var elements: [Float]

  /// A matrix of zeros.
  package init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, elements: .init(repeating: 0, count: rows * columns))
  }

  /// A matrix over given numbers, of which there must be `rows·columns`.
  package init(rows: Int, columns: Int, elements: [Float]) {
    precondition(elements.count == rows * columns, "a matrix needs rows·columns elements")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A matrix whose numbers `fill` writes, every one of them.
  package init(
    rows: Int, columns: Int, filledBy fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    self.rows = rows
    self.columns = columns
    elements = try .init(unsafeUninitializedCapacity: rows * columns) { buffer, count in
      try fill(buffer)
      count = rows * columns
    }
  }

  /// Matrices of the same columns, one below the other; at least one.
  package init(stacking parts: [Matrix]) {
    let columns = parts.first?.columns ?? 0
    precondition(
      parts.allSatisfy { $0.columns == columns }, "stacked matrices have the same columns")
    let rows = parts.reduce(0) { $0 + $1.rows }
    var elements: [Float] = []
    elements.reserveCapacity(rows * columns)
    for part in parts { elements += part.elements }
    self.init(rows: rows, columns: columns, elements: elements)
  }

  package subscript(row: Int, column: Int) -> Float {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// One row.
  package func row(_ row: Int) -> ArraySlice<Float> {
    elements[row * columns..<(row + 1) * columns]
  }

  /// The given rows, in the given order.
  package func gathering(rows chosen: [Int]) -> Matrix {
    var gathered: [Float] = []
    gathered.reserveCapacity(chosen.count * columns)
    for index in chosen { gathered += row(index) }
    return Matrix(rows: chosen.count, columns: columns, elements: gathered)
  }

  /// A matrix of `count` rows that has the rows of this one in the given places, and zeros elsewhere.
  package func scattered(to places: [Int], of count: Int) -> Matrix {
    precondition(places.count == rows, "one place a row")
    var result = Matrix(rows: count, columns: columns)
    for (index, place) in places.enumerated() {
      result.elements.replaceSubrange(place * columns..<(place + 1) * columns, with: row(index))
    }
    return result
  }

  /// The part of the given rows and columns.
  package func block(rows chosen: Range<Int>, columns range: Range<Int>) -> Matrix {
    Matrix(rows: chosen.count, columns: range.count) { buffer in
      var next = 0
      for row in chosen {
        for place in row * columns + range.lowerBound..<row * columns + range.upperBound {
          buffer[next] = elements[place]
          next += 1
        }
      }
    }
  }

  /// Puts another matrix in the place of a part of this one, whose first element is given.
  package mutating func set(_ part: Matrix, row: Int, column: Int) {
    precondition(row + part.rows <= rows && column + part.columns <= columns, "the part fits")
    for index in 0..<part.rows {
      let start = (row + index) * columns + column
      elements.replaceSubrange(start..<start + part.columns, with: part.row(index))
    }
  }

  /// A matrix of zeros of the same shape.
  package var zeros: Matrix { Matrix(rows: rows, columns: columns) }

  /// The matrix with rows and columns exchanged.
  package var transposed: Matrix {
    Matrix(rows: columns, columns: rows) { buffer in
      for row in 0..<rows {
        for column in 0..<columns { buffer[column * rows + row] = self[row, column] }
      }
    }
  }

  /// This matrix with another's rows below its own; both have the same columns.
  package func stacked(above other: Matrix) -> Matrix {
    precondition(columns == other.columns, "stacked matrices have the same columns")
    return Matrix(
      rows: rows + other.rows, columns: columns, elements: elements + other.elements)
  }
}
