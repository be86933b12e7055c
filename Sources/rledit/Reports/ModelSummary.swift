import ObjectModel

/// A model in a few numbers.
struct ModelSummary: Encodable {
  let id: String
  /// The file or directory that it came from.
  let name: String
  let format: String
  let architecture: String
  let isLinked: Bool
  let tensors: Int
  let parameters: Int
  /// Bytes of all tensors as stored.
  let bytes: Int

  init(_ id: ModelID, _ manifest: ModelManifest) {
    self.id = id.hex
    name = manifest.sourceName
    format = manifest.sourceFormat
    architecture = manifest.architecture
    isLinked = manifest.storage != .copied
    tensors = manifest.tensors.count
    parameters = manifest.tensors.reduce(0) { $0 + (elementCount(ofShape: $1.shape) ?? 0) }
    bytes = manifest.tensors.reduce(0) { $0 + $1.blob.byteCount }
  }

  /// The summary in words, without the name.
  var wording: String {
    "\(architecture), \(tensors) tensors, \(Quantity.parameters(parameters)) parameters, "
      + Quantity.bytes(bytes) + (isLinked ? ", linked" : "")
  }
}
