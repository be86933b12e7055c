import Editing
import Ledger

extension EditingError: FailureConvertible {
  var failure: Failure {
    switch self {
    case .emptyBatch:
      Failure(.usage, "there is nothing to edit", hint: "give at least one edit record")
    case .batchTooLarge(let count, let limit):
      Failure(
        .doesNotFit, "a batch has \(count) target tokens, and \(limit) are the most",
        hint: "edit fewer facts at once with --batch")
    case .diverged(let steps):
      Failure(
        .doesNotFit,
        "the model broke down after \(Quantity.count(steps, "step")) of the batch; nothing of it "
          + "was committed",
        hint: "lower the step size, or the learning rate")
    case .emptyPrompt(let prompt):
      Failure(
        .malformedInput, "the prompt \(Wording.quoted(prompt)) has no tokens in this model",
        hint: "give it text that the model's vocabulary can spell")
    case .emptyTarget(let prompt):
      Failure(
        .malformedInput, "the edit of \(Wording.quoted(prompt)) has a target without tokens",
        hint: "give it the text that the model is to answer")
    case .unknownModule(let name):
      Failure(
        .doesNotFit, "the model has no matrix \(Wording.quoted(name)) to edit",
        hint: "'rledit stat --tensors' lists the model's weights")
    case .unknownMethod(let name):
      Failure(
        .usage, "no editing method is called \(Wording.quoted(name))",
        hint: Wording.didYouMean(
          Suggestions.likeliest(for: name, among: EditorCatalogue.methods.map(\.name)),
          else: "'rledit help methods' lists the methods"))
    case .otherEngine(let recorded, let present):
      Failure(
        .doesNotFit,
        "the recipe was recorded by engine \(recorded), and this is engine \(present)",
        hint: "'rledit replay --verify' needs no engine: the stored deltas are the truth")
    case .badParameter(let name, let value?):
      Failure(
        .usage, "setting \(Wording.quoted(name)) cannot be \(Wording.quoted(value))",
        hint: "'rledit help methods' tells what the settings take")
    case .outOfRange(let name, let value, let range):
      Failure(
        .usage, "setting \(Wording.quoted(name)) cannot be \(Wording.quoted(value))",
        hint: "it takes \(range)")
    case .unknownSetting(let name, let method, let known):
      Failure(
        .usage, "method \(method) has no setting \(Wording.quoted(name))",
        hint: Wording.didYouMean(
          Suggestions.likeliest(for: name, among: known),
          else: "it has \(known.joined(separator: ", "))"))
    case .unsuitableModules(let method, let wanted):
      Failure(
        .usage, "method \(method) does not edit these matrices",
        hint: "it takes \(wanted): leave --modules out, or give it --modules down")
    case .noCovariance(let method):
      Failure(
        .usage, "method \(method), as it is set, works with a key covariance, and none was given",
        hint: "measure one with 'rledit covariance TEXT', and name it by --covariance")
    case .noHypernetwork(let method):
      Failure(
        .usage, "method \(method) edits with a trained hypernetwork, and none was given",
        hint: "train one with 'rledit train FACTS --method \(method)', and name it by --hypernet")
    case .missingCovariance(let place):
      Failure(
        .doesNotFit, "the key covariance holds nothing for \(Wording.quoted(place))",
        hint:
          "measure one of these layers and matrices with 'rledit covariance TEXT --layers … --modules …'"
      )
    case .missingCurvature(let module):
      Failure(
        .doesNotFit,
        "the covariance was measured without the curvature at \(Wording.quoted(module))",
        hint: "measure it again with 'rledit covariance TEXT --force', or do without it by "
          + "--set curvature-damping=0")
    case .singularCurvature(let module):
      Failure(
        .doesNotFit, "the curvature at \(Wording.quoted(module)) has no inverse",
        hint: "raise curvature-damping, or measure the covariance on more text")
    case .noEigenvalues(let place):
      Failure(
        .doesNotFit, "the covariance of \(Wording.quoted(place)) has no eigenvalues to be found",
        hint: "measure another one, on more text")
    case .badParameter(let name, nil):
      Failure(
        .damaged, "setting \(Wording.quoted(name)) is missing from the recipe",
        hint: "'rledit fsck --full' tells what is damaged")
    case .singularSystem(let module):
      Failure(
        .doesNotFit, "the step for \(Wording.quoted(module)) has no solution",
        hint:
          "raise the regularisation, edit fewer facts at once or, where a covariance is read, measure it "
          + "on more text")
    case .emptyNullSpace(let place):
      Failure(
        .doesNotFit, "general text leaves no direction of \(Wording.quoted(place)) to edit in",
        hint: "raise null-space-threshold: --set null-space-threshold=VALUE")
    case .badPreservedPrompts:
      Failure(
        .damaged, "the preserved prompts of a commit are not in their format",
        hint: "'rledit fsck --full' tells what is damaged")
    case .badStatistics:
      Failure(
        .damaged, "the running statistics of a commit are not in their format",
        hint: "'rledit fsck --full' tells what is damaged")
    case .badCovariance:
      Failure(
        .damaged, "a key covariance is not in its format",
        hint: "'rledit fsck --full' tells what is damaged")
    case .badHypernetwork:
      Failure(
        .damaged, "the stored hypernetwork is not in its format",
        hint: "'rledit fsck --full' tells what is damaged")
    case .badMemory:
      Failure(
        .damaged, "the keys that a commit keeps of its edits are not in their format",
        hint: "'rledit fsck --full' tells what is damaged")
    }
  }
}
