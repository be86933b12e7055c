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

  /// The model has no tensor of that name.
  case unknownWeight(tensor: String)
  /// A delta names a tensor that is no matrix of weights: a vector, or a table of integers.
  case notAWeightMatrix(tensor: String, shape: [Int])
  /// A delta puts another tensor in the place of one, where half of each change is wanted.
  case replacementHasNoHalf(tensor: String)
  /// The indices of a delta's numbers are not increasing, or not those of elements.
  case malformedIndices(tensor: String)
  /// An edited model, which is to be compared with the one here, has no tensor of that name.
  case editedModelLacks(path: String, tensor: String)
  /// An edited model, which is to be compared with the one here, holds an infinity or a NaN.
  case editedModelNotFinite(path: String, tensor: String)
  /// The model was imported without that file beside its weights.
  case missingFile(name: String)

  /// A model's own file, which the store only points at, no longer holds the bytes that were
  /// imported: it was changed, cut or replaced. `tensor` is the first found to differ.
  case linkedFileChanged(path: String, tensor: String)
  /// There is no such file where a linked model is said to be.
  case linkedFileMissing(path: String)

  /// A delta file holds no factors.
  case deltaFileEmpty(path: String)
  /// A tensor of a delta file is named neither `….U` nor `….V`.
  case strayTensor(path: String, tensor: String)
  /// A delta file has one factor of a pair and not the other, which would be named `partner`.
  case missingPartner(path: String, tensor: String, partner: String)
  /// A delta file has two pairs of factors for one weight.
  case weightChangedTwice(path: String, tensor: String)
  /// A factor of a delta file holds an infinity or a NaN.
  case fileFactorNotFinite(path: String, tensor: String)

  /// An export would replace a directory that holds `entry` and was not told to, or one that holds
  /// more than a model.
  case destinationInUse(path: String, entry: String)
  /// A weight is too large for the element type of an export.
  case weightTooLarge(tensor: String, elementType: String)
}
