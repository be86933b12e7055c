/// What can be wrong with a model's files.
///
/// Every case names the file (as its path was given) and what in it is at fault, so that one line
/// can tell a person where to look. Nothing in a file can make the readers trap: whatever is not
/// as its format says ends in one of these.
package enum ModelFileError: Error, Equatable, Sendable {
  /// The operating system refused to open, map, write or rename the file.
  case inputOutput(path: String, errno: Int32)
  /// A path names neither a model file nor a directory that holds one.
  case notAModel(path: String)
  /// The text is not strict JSON; `offset` counts bytes from the start of the JSON text.
  case malformedJSON(path: String, fault: JSONFault, offset: Int)
  /// A safetensors file breaks its format.
  case malformedSafetensors(path: String, fault: SafetensorsFault)
  /// A `model.safetensors.index.json` contradicts itself or its shards.
  case malformedShardIndex(path: String, fault: ShardIndexFault)
  /// A GGUF file breaks its format; `offset` counts bytes from the start of the file.
  case malformedGGUF(path: String, fault: GGUFFault, offset: Int)
  /// The file holds no tensor of that name.
  case missingTensor(path: String, tensor: String)
  /// The tensor is stored in a type that the caller cannot use.
  case unsupportedElementType(path: String, tensor: String, type: String)
  /// The tensor's shape is not the one that its use asks for.
  case unexpectedShape(path: String, tensor: String, shape: [Int])
  /// A value of `config.json`, of an index or of GGUF metadata is absent, of the wrong kind or out
  /// of range.
  case invalidValue(path: String, key: String, fault: ValueFault)
  /// The model asks for something this program knows by name but does not do.
  case unsupportedFeature(path: String, feature: String)
  /// The tensors given to a writer differ from those announced.
  case inconsistentWrite(path: String, fault: WriteFault)
}

/// Why a value read from a configuration or from metadata is refused.
package enum ValueFault: Equatable, Sendable {
  /// The key is not there and has no default.
  case missing
  /// The value is of another kind than `expected`.
  case wrongKind(expected: String)
  /// The value lies outside what makes sense, as `reason` says.
  case outOfRange(reason: String)
}

/// How the bytes given to a ``SafetensorsWriter`` differ from the announced tensors.
package enum WriteFault: Equatable, Sendable {
  /// Two tensors of one name.
  case duplicateTensor(String)
  /// Bytes for another tensor than the one whose turn it is.
  case outOfTurn(given: String, expected: String?)
  /// More bytes than the tensor's type and shape take.
  case tooManyBytes(String)
  /// The file was finished before every tensor had all its bytes.
  case incomplete(String)
  /// The shape has a negative dimension or its byte count overflows.
  case impossibleShape(String)
}
