/// In which order the rows of a stored matrix make up Hugging Face's.
///
/// llama.cpp rotates neighbouring elements of a head, Hugging Face those half a head apart. The
/// converter to GGUF therefore interleaves the two halves of each head's rows in the query and key
/// matrices. Undoing that moves whole rows, so that quantised bytes stay what they are.
package enum RowOrder: Sendable, Equatable {
  case asStored
  /// Row `h·d + c·(d/2) + j` of the result is stored row `h·d + 2·j + c`, for heads of `d` rows,
  /// `c` 0 or 1 and `j < d/2`: `w.reshape(heads, d/2, 2, in).swapaxes(1, 2).reshape(w.shape)`.
  case interleavedHalves(headDimension: Int)

  /// The stored row that is row `row` of the result.
  package func storedRow(for row: Int) -> Int {
    switch self {
    case .asStored: return row
    case .interleavedHalves(let headDimension):
      let (head, inHead) = row.quotientAndRemainder(dividingBy: headDimension)
      let (half, pair) = inHead.quotientAndRemainder(dividingBy: headDimension / 2)
      return head * headDimension + 2 * pair + half
    }
  }
}
