import ModelStore

extension ModelStoreError: FailureConvertible {
  private static let factorsHint =
    "a delta file holds \"<weight>.U\" (out×r) and \"<weight>.V\" (r×in) for each changed weight"

  var failure: Failure {
    switch self {
    case .factorNotFinite:
      Failure(
        .doesNotFit, "a factor of a delta holds an infinity or a NaN",
        hint: "the step that made it diverged; try a smaller step size")
    case .wrongFactorLength(let expected, let found):
      Failure(
        .damaged, "a factor of a delta has \(found) bytes in place of \(expected)",
        hint: "'rledit fsck --full' tells which one")
    case .ranksDisagree(let tensor, let u, let v):
      Failure(
        .doesNotFit, "\(Wording.quoted(tensor)): U has rank \(u) and V has rank \(v)",
        hint: Self.factorsHint)
    case .deltaDoesNotFit(let tensor, let expected, let found):
      Failure(
        .doesNotFit,
        "\(Wording.quoted(tensor)) is \(Wording.shape(expected)), and the delta is for "
          + Wording.shape(found),
        hint: Self.factorsHint)
    case .weightNotFinite(let tensor):
      Failure(
        .doesNotFit, "the delta makes a weight of \(Wording.quoted(tensor)) infinite or NaN",
        hint: "such a delta is never applied; make its numbers smaller")
    case .unknownWeight(let tensor):
      Failure(
        .doesNotFit, "the model has no weight called \(Wording.quoted(tensor))",
        hint: "'rledit stat --tensors' lists the model's weights")
    case .notAWeightMatrix(let tensor, let shape):
      Failure(
        .doesNotFit,
        "\(Wording.quoted(tensor)) (\(Wording.shape(shape))) is no matrix that deltas can change",
        hint: "'rledit stat --tensors' lists the model's weights")
    case .replacementHasNoHalf(let tensor):
      Failure(
        .doesNotFit, "a delta replaces \(Wording.quoted(tensor)) as a whole, which has no half",
        hint: "merge by another strategy than average")
    case .malformedIndices(let tensor):
      Failure(
        .damaged, "a delta of \(Wording.quoted(tensor)) has indices out of order or out of range",
        hint: "'rledit fsck --full' tells what is damaged")
    case .editedModelLacks(let path, let tensor):
      Failure(
        .doesNotFit, "\(Wording.quoted(path)) has no \(Wording.quoted(tensor)), as the model here",
        hint: "an edited model has the tensors of the one it was made from")
    case .editedModelNotFinite(let path, let tensor):
      Failure(
        .doesNotFit,
        "\(Wording.quoted(path)): \(Wording.quoted(tensor)) of the edited model holds an infinity or a NaN",
        hint: "such weights are never committed; look at what the tool that edited it did there")
    case .missingFile(let name):
      Failure(
        .doesNotFit, "the model was imported without \(Wording.quoted(name))",
        hint: "import a directory that has the file beside the weights")
    case .linkedFileChanged(let path, let tensor):
      Failure(
        .damaged,
        "\(Wording.quoted(path)) is not what was imported: \(Wording.quoted(tensor)) differs",
        hint: "put the original file back, or say where it is by 'rledit relink PATH'")
    case .linkedFileMissing(let path):
      Failure(
        .inputOutput,
        "there is no \(Wording.quoted(path)), which has weights of the model",
        hint: "'rledit relink PATH' says where the model's files are now")
    case .deltaFileEmpty(let path):
      Failure(
        .malformedInput, "\(Wording.quoted(path)) holds no factors", hint: Self.factorsHint)
    case .strayTensor(let path, let tensor):
      Failure(
        .malformedInput, "\(Wording.quoted(path)): tensor \(Wording.quoted(tensor)) is no factor",
        hint: Self.factorsHint)
    case .missingPartner(let path, let tensor, let partner):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)): \(Wording.quoted(tensor)) lacks its partner "
          + Wording.quoted(partner),
        hint: Self.factorsHint)
    case .weightChangedTwice(let path, let tensor):
      Failure(
        .malformedInput, "\(Wording.quoted(path)) changes \(Wording.quoted(tensor)) twice",
        hint: "name each weight once, with or without \".weight\"")
    case .fileFactorNotFinite(let path, let tensor):
      Failure(
        .doesNotFit,
        "\(Wording.quoted(path)): a factor of \(Wording.quoted(tensor)) holds an infinity or a NaN",
        hint: "such a delta is never stored")
    case .destinationInUse(let path, let entry):
      Failure(
        .inputOutput,
        path == entry
          ? "\(Wording.quoted(path)) is there and is not a directory"
          : "\(Wording.quoted(path)) is not empty: it holds \(Wording.quoted(entry))",
        hint: "choose another directory; --force replaces one that holds only an earlier export")
    case .weightTooLarge(let tensor, let elementType):
      Failure(
        .doesNotFit, "a weight of \(Wording.quoted(tensor)) is too large for \(elementType)",
        hint: "export with --dtype f32 or bf16")
    }
  }
}
