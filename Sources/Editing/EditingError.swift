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
  /// A setting's text means nothing that it takes.
  case outOfRange(name: String, value: String, range: String)
  /// A method has no setting of that name.
  case unknownSetting(name: String, method: String, known: [String])
  /// A method edits other matrices than those that it was given; `wanted` says which it takes.
  case unsuitableModules(method: String, wanted: String)
  /// A method works with key covariances, and none was given.
  case noCovariance(method: String)
  /// The method edits with a trained hypernetwork alone, and none was given.
  case noHypernetwork(method: String)
  /// The covariances hold nothing for a place, or something of another size.
  case missingCovariance(place: String)
  /// The covariance holds nothing of the curvature at a matrix's outputs, or something of another size.
  case missingCurvature(module: String)
  /// The curvature at a matrix's outputs, as it is damped, is not positive definite.
  case singularCurvature(module: String)
  /// The eigenvalues of a place's covariance could not be found.
  case noEigenvalues(place: String)
  /// No direction of a place's keys is free: all eigenvalues lie above the threshold.
  case emptyNullSpace(place: String)
  /// The system of a ridge solve is not positive definite: the keys are not finite, or the ridge is
  /// too small for their size.
  case singularSystem(module: String)
  /// The recorded preserved prompts are not a list of texts.
  case badPreservedPrompts
  /// Stored running statistics are not in their format.
  case badStatistics
  /// Stored covariances are not in their format.
  case badCovariance
  /// A stored hypernetwork is not in its format.
  case badHypernetwork
  /// The stored keys of an earlier edit are not in their format.
  case badMemory
}
