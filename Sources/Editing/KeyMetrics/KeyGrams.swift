package import LanguageModel
import ModelStore
package import Tensors

/// For every place the Gram matrix of all keys of earlier edits, `Σ KᵀK`.
///
/// A fold over the chain in order. Each element is one chain of fused multiply-adds over all rows, so
/// that a fold can be taken up again from any point with identical bits.
package struct KeyGrams: Sendable {
  /// `in×in`, by place.
  private var sums: [KeyPlace: FloatBuffer] = [:]

  package init() {}

  /// The Gram matrix of a place, `in×in`, row-major; `nil` where no key was read there.
  package subscript(place: KeyPlace) -> FloatBuffer? { sums[place] }

  /// Takes in a later batch's keys.
  ///
  /// - Throws: errors of the stored keys' form.
  /// - Complexity: O(rows·in²) for each place.
  package mutating func remember(_ batch: EditMemory, compute: Compute) throws {
    for place in batch.places {
      guard let stored = batch.keys[place] else { continue }
      let view = try stored.view()
      let keys = compute.widened(view)
      let size = keys.columns
      // What came from elsewhere may have keys of any width.
      guard sums[place].map({ $0.count == size * size }) ?? true else {
        throw EditingError.badMemory
      }
      // A value: the sums that these were copied from stay as they are.
      let sum = FloatBuffer(uninitialized: size * size)
      if let known = sums[place] {
        sum.pointer.update(from: known.pointer, count: size * size)
      } else {
        sum.pointer.update(repeating: 0, count: size * size)
      }
      compute.addProduct(WeightView(keys.transposed), view, to: sum)
      sums[place] = sum
    }
  }
}
