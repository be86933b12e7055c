/// What can be wrong with a model or with what is asked of it.
package enum LanguageModelError: Error, Sendable, Equatable {
  /// A weight's shape is not the one that the configuration asks for.
  case wrongShape(weight: String, expected: [Int], found: [Int])
  /// The configuration's architecture is known by name but has no decoder here.
  case unsupportedArchitecture(String)
  /// The decoder does not know this feature of a configuration.
  case unsupportedFeature(String)
  /// A sequence has more tokens than the model has positions.
  case sequenceTooLong(tokens: Int, limit: Int)
  /// A token id lies outside the vocabulary.
  case tokenOutsideVocabulary(id: Int, vocabulary: Int)
  /// There is nothing to run the model on.
  case emptySequence
}
