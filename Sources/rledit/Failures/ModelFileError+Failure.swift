import ModelFiles

extension ModelFileError: FailureConvertible {
  private static let importHint =
    "give a .gguf or .safetensors file, or a Hugging Face model directory"
  private static let brokenHint = "the file is damaged or cut off; fetch or copy it again"

  var failure: Failure {
    switch self {
    case .inputOutput(let path, let errno):
      Wording.inputOutput(errno, path: path)
    case .notAModel(let path):
      Failure(
        .malformedInput, "\(Wording.quoted(path)) is not a model", hint: Self.importHint)
    case .malformedJSON(let path, let fault, let offset):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)): malformed JSON at byte \(offset): "
          + fault.wording,
        hint: Self.brokenHint)
    case .malformedSafetensors(let path, let fault):
      Failure(
        .malformedInput, "\(Wording.quoted(path)): malformed safetensors: \(fault.wording)",
        hint: Self.brokenHint)
    case .malformedShardIndex(let path, let fault):
      Failure(
        .malformedInput, "\(Wording.quoted(path)): malformed shard index: \(fault.wording)",
        hint: "fetch the index and every shard that it names")
    case .malformedGGUF(let path, let fault, let offset):
      Failure(
        .malformedInput,
        "\(Wording.quoted(path)): malformed GGUF at byte \(offset): \(fault.wording)",
        hint: Self.brokenHint)
    case .missingTensor(let path, let tensor):
      Failure(
        .malformedInput, "\(Wording.quoted(path)) lacks tensor \(Wording.quoted(tensor))",
        hint: Self.brokenHint)
    case .unsupportedElementType(let path, let tensor, let type):
      Failure(
        .doesNotFit,
        "\(Wording.quoted(path)): tensor \(Wording.quoted(tensor)) has type \(type), "
          + "which cannot be used here",
        hint: "weights may be F32, F16, BF16, Q8_0, Q4_0 or Q4_1; factors F32, F16 or BF16")
    case .unexpectedShape(let path, let tensor, let shape):
      Failure(
        .doesNotFit,
        "\(Wording.quoted(path)): tensor \(Wording.quoted(tensor)) has the unexpected shape "
          + Wording.shape(shape),
        hint: "check that the file belongs to the model")
    case .invalidValue(let path, let key, let fault):
      Failure(
        .malformedInput, "\(Wording.quoted(path)): \(Wording.quoted(key)) \(fault.wording)",
        hint: "check that the file is complete and belongs to the model")
    case .unsupportedFeature(let path, let feature):
      Failure(
        .doesNotFit, "\(Wording.quoted(path)) needs \(feature), which is not supported",
        hint: "Llama-family models can be used")
    case .inconsistentWrite(let path, let fault):
      Failure(
        .internal, "\(Wording.quoted(path)) cannot be written: \(fault.wording)",
        hint: "please report this with the command line")
    }
  }
}

extension ValueFault {
  fileprivate var wording: String {
    switch self {
    case .missing: "is missing"
    case .wrongKind(let expected): "is not \(expected)"
    case .outOfRange(let reason): "is out of range: \(reason)"
    }
  }
}

extension WriteFault {
  fileprivate var wording: String {
    switch self {
    case .duplicateTensor(let name): "tensor \(Wording.quoted(name)) comes twice"
    case .outOfTurn(let given, _): "tensor \(Wording.quoted(given)) comes out of turn"
    case .tooManyBytes(let name): "tensor \(Wording.quoted(name)) has too many bytes"
    case .incomplete(let name): "tensor \(Wording.quoted(name)) is incomplete"
    case .impossibleShape(let name): "tensor \(Wording.quoted(name)) has an impossible shape"
    }
  }
}
