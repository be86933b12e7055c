import ObjectModel

/// A tensor's shape as that of a matrix: all but the last dimension count rows, a vector is one row
/// and a scalar one element.
struct MatrixShape: Equatable {
  /// 0 where the number of rows overflows, as it can beside a dimension of 0.
  let rows: Int
  let columns: Int

  init(_ shape: [Int]) {
    rows = elementCount(ofShape: shape.dropLast()) ?? 0
    columns = shape.last ?? 1
  }
}
