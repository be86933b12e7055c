import Editing
import LanguageModel
import Tensors

extension TensorError: FailureConvertible {
  var failure: Failure {
    switch self {
    case .instructionSetUnavailable(let set):
      Failure(
        .usage, "this machine cannot run \(set.rawValue), which RLEDIT_ISA asks for",
        hint: "it can run "
          + InstructionSet.available.map(\.rawValue).joined(separator: ", ")
          + "; the results are the same bits")
    case .segmentsDoNotFillMatrix(let rows, let found):
      Failure(
        .damaged, "a stored matrix of \(rows) rows has \(found)",
        hint: "'rledit fsck --full' tells which one")
    case .notAWeightType(let type):
      Failure(
        .doesNotFit, "numbers of type \(type.rawValue) cannot be used as weights",
        hint: "convert the model first")
    case .rowDoesNotFillBlocks(let columns, let type):
      Failure(
        .doesNotFit, "rows of \(columns) numbers do not fill blocks of \(type.rawValue)",
        hint: "convert the model first")
    }
  }
}

extension LanguageModelError: FailureConvertible {
  var failure: Failure {
    switch self {
    case .wrongShape(let weight, let expected, let found):
      Failure(
        .doesNotFit,
        "\(Wording.quoted(weight)) is \(Wording.shape(found)), and the configuration asks for "
          + Wording.shape(expected),
        hint: "the model's config.json does not belong to its weights")
    case .unsupportedArchitecture(let name):
      Failure(
        .doesNotFit, "models of kind \(Wording.quoted(name)) cannot be run here",
        hint: "their weights can be versioned all the same: commit --delta, diff, revert, export")
    case .unsupportedFeature(let feature):
      Failure(
        .doesNotFit, "the model needs \(feature), which is not supported",
        hint: "its weights can be versioned all the same: commit --delta, diff, revert, export")
    case .sequenceTooLong(let tokens, let limit):
      Failure(
        .doesNotFit, "a text of \(tokens) tokens exceeds the model's \(limit) positions",
        hint: "shorten the prompt, or generate less")
    case .tokenOutsideVocabulary(let id, let vocabulary):
      Failure(
        .doesNotFit, "token \(id) lies outside the model's vocabulary of \(vocabulary)",
        hint: "the tokenizer does not belong to the weights")
    case .emptySequence:
      Failure(.usage, "the prompt has no tokens", hint: "give some text to run the model on")
    }
  }
}
