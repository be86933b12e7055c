package import LanguageModel
package import ModelStore
package import Tensors

/// The keys of one batch: what editors that look back at earlier edits keep of it.
///
/// Keys are kept in stored form, quantised before they are used, so that a memory read from the store
/// is the memory that the batch was edited with, bit for bit.
package struct EditMemory: Sendable, Equatable {
  /// `rows×in`, by place.
  package private(set) var keys: [KeyPlace: StoredFactor]

  package init(_ keys: [KeyPlace: StoredFactor] = [:]) {
    self.keys = keys
  }

  package var isEmpty: Bool { keys.isEmpty }

  /// The places, in order.
  package var places: [KeyPlace] { keys.keys.sorted() }
}

/// What earlier edits have left in the memories of an active chain: for every place the Gram matrix of
/// all their keys, `Σ KᵀK`.
///
/// A fold over the chain in order. Each element is one chain of fused multiply-adds over all rows, so
/// that a fold can be taken up again from any point with identical bits.
package struct KeyMemory: Sendable {
  /// The batches taken in, in order.
  package private(set) var batches: [EditMemory] = []
  /// `in×in`, by place.
  private var grams: [KeyPlace: FloatBuffer] = [:]
  /// Rows taken in, by place.
  package private(set) var rows: [KeyPlace: Int] = [:]

  package init() {}

  package var isEmpty: Bool { batches.isEmpty }

  /// The Gram matrix of a place, `in×in`, row-major; `nil` where no key was read there.
  package func gram(at place: KeyPlace) -> FloatBuffer? { grams[place] }

  /// Takes in a later batch's keys.
  ///
  /// - Throws: errors of the stored keys' form.
  /// - Complexity: O(rows·in²) for each place.
  package mutating func merge(_ later: EditMemory, compute: Compute) throws {
    guard !later.isEmpty else { return }
    batches.append(later)
    for place in later.places {
      guard let stored = later.keys[place] else { continue }
      let view = try stored.view()
      let keys = compute.widened(view)
      let size = keys.columns
      // A value: the memory that this one was copied from stays as it is.
      let sum = FloatBuffer(uninitialized: size * size)
      if let known = grams[place] {
        sum.pointer.update(from: known.pointer, count: size * size)
      } else {
        sum.pointer.update(repeating: 0, count: size * size)
      }
      compute.addProduct(WeightView(keys.transposed), view, to: sum)
      grams[place] = sum
      rows[place, default: 0] += keys.rows
    }
  }
}
