/// What can be wrong with a delta, or between a model and the store that holds it.
package enum ModelStoreError: Error, Sendable, Equatable {
  /// A factor holds an infinity or a NaN, or would after narrowing to its stored type.
  case factorNotFinite
  /// A factor's bytes are not those of its shape.
  case wrongFactorLength(expected: Int, found: Int)
  /// The inner sizes of a delta's factors differ.
  case ranksDisagree(tensor: String, u: Int, v: Int)
  /// A delta's outer sizes are not those of the matrix it changes.
  case deltaDoesNotFit(tensor: String, expected: [Int], found: [Int])
  /// Applying a delta makes a weight infinite or NaN.
  case weightNotFinite(tensor: String)
}
