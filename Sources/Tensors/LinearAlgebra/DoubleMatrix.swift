internal import CKernels

/// A dense matrix of binary64 numbers, `rows×columns`, row-major: for systems and decompositions in
/// which binary32 would lose what matters.
package struct DoubleMatrix: Sendable, Equatable {
  package let rows: Int
  package let columns: Int
  /// `rows·columns` numbers.
  package var elements: [Double]

  /// A matrix of zeros.
  package init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, elements: .init(repeating: 0, count: rows * columns))
  }

  /// A matrix over given numbers, of which there must be `rows·columns`.
  package init(rows: Int, columns: Int, elements: [Double]) {
    precondition(elements.count == rows * columns, "a matrix needs rows·columns elements")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// The numbers of a binary32 matrix, which are exact.
  package init(_ matrix: Matrix) {
    self.init(
      rows: matrix.rows, columns: matrix.columns, elements: matrix.elements.map(Double.init))
  }

  package subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// Some rows.
  package func rows(_ range: Range<Int>) -> DoubleMatrix {
    DoubleMatrix(
      rows: range.count, columns: columns,
      elements: Array(elements[range.lowerBound * columns..<range.upperBound * columns]))
  }

  /// The matrix with rows and columns exchanged.
  package var transposed: DoubleMatrix {
    var result = DoubleMatrix(rows: columns, columns: rows)
    result.elements.withUnsafeMutableBufferPointer { target in
      elements.withUnsafeBufferPointer { source in
        for row in 0..<rows {
          for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
        }
      }
    }
    return result
  }

  /// Every number rounded to binary32.
  package var rounded: Matrix {
    Matrix(rows: rows, columns: columns, elements: elements.map { Float($0) })
  }
}

/// Products of binary64 matrices: `C[i,j]` starts from +0 and takes `A[i,p]·B[p,j]` for p ascending,
/// product and sum rounded apart, whatever the instruction set and the number of threads.
extension Compute {
  /// `a·b`.
  package func product(_ a: DoubleMatrix, _ b: DoubleMatrix) -> DoubleMatrix {
    precondition(a.columns == b.rows, "inner dimensions agree")
    var result = DoubleMatrix(rows: a.rows, columns: b.columns)
    result.elements.withUnsafeMutableBufferPointer { target in
      a.elements.withUnsafeBufferPointer { left in
        b.elements.withUnsafeBufferPointer { right in
          guard let c = target.baseAddress, let x = left.baseAddress, let y = right.baseAddress
          else { return }
          let shared = Shared((c, x, y))
          let (inner, columns) = (a.columns, b.columns)
          parallel(a.rows) { rows in
            let (c, x, y) = shared.pointer
            // A block of rows of b stays in the second cache while rows of a pass.
            for first in stride(from: 0, to: inner, by: 64) {
              let count = min(64, inner - first)
              for row in rows {
                kernels.pointee.add_products(
                  y + first * columns, columns, x + row * inner + first, 1, 1, count, columns,
                  c + row * columns)
              }
            }
          }
        }
      }
    }
    return result
  }
}
