/// What can go wrong while edits are made.
package enum EditingError: Error, Sendable, Equatable {
  /// There is nothing to edit.
  case emptyBatch
  /// A batch has more target tokens than one solve takes.
  case batchTooLarge(targetTokens: Int, limit: Int)
  /// The loss became infinite or NaN: the steps were too large.
  case diverged(steps: Int)
  /// A prompt has no tokens in the model's vocabulary.
  case emptyPrompt(String)
  /// A target or an answer has no tokens in the model's vocabulary.
  case emptyTarget(prompt: String)
  /// A matrix that should be edited is none of the model's.
  case unknownModule(String)
  /// No editor has that name.
  case unknownMethod(String)
  /// A recipe was recorded by an engine whose bits this one does not make.
  case otherEngine(recorded: Int, present: Int)
  /// A hyperparameter is missing from a recipe, or its text is not of its kind.
  case badParameter(name: String, value: String?)
  /// The system of a ridge solve is not positive definite: the keys are not finite, or the ridge is
  /// too small for their size.
  case singularSystem(module: String)
  /// The recorded preserved prompts are not a list of texts.
  case badPreservedPrompts
  /// Stored running statistics are not in their format.
  case badStatistics
  /// The stored keys of an earlier edit are not in their format.
  case badMemory
}
