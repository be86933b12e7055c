import ModelFiles
import ObjectModel
import Tensors

/// Deltas that come in a safetensors file: for each changed weight the tensors `<weight>.U` (`out×r`)
/// and `<weight>.V` (`r×in`), where `<weight>` is a tensor of the model, with or without `.weight`. Or a
/// LoRA adapter of PEFT, by its directory or its file.
package enum DeltaFile {
  /// Reads all changes of the file, sorted by weight, and checks them against the model.
  ///
  /// - Throws: ``ModelFiles/ModelFileError`` where the file is no safetensors file,
  ///   `.unsupportedElementType` for factors in another type than F32, BF16 and F16 and
  ///   `.unexpectedShape` for factors that are no matrices or have rank 0;
  ///   ``ModelStoreError/deltaFileEmpty(path:)``, ``ModelStoreError/strayTensor(path:tensor:)``,
  ///   ``ModelStoreError/missingPartner(path:tensor:partner:)``,
  ///   ``ModelStoreError/unknownWeight(tensor:)``,
  ///   ``ModelStoreError/notAWeightMatrix(tensor:shape:)``,
  ///   ``ModelStoreError/weightChangedTwice(path:tensor:)``,
  ///   ``ModelStoreError/ranksDisagree(tensor:u:v:)``,
  ///   ``ModelStoreError/deltaDoesNotFit(tensor:expected:found:)`` and
  ///   ``ModelStoreError/fileFactorNotFinite(path:tensor:)``.
  package static func updates(
    at path: String, for model: StoredModel
  ) throws -> [LowRankUpdate] {
    if let adapter = try LoRAAdapter(at: path) { return try adapter.updates(for: model) }
    let file = try SafetensorsFile(path: path)
    guard !file.tensors.isEmpty else { throw ModelStoreError.deltaFileEmpty(path: path) }
    for tensor in file.tensors {
      guard let partner = partner(of: tensor.name) else {
        throw ModelStoreError.strayTensor(path: path, tensor: tensor.name)
      }
      guard file[partner] != nil else {
        throw ModelStoreError.missingPartner(path: path, tensor: tensor.name, partner: partner)
      }
    }
    var updates: [String: LowRankUpdate] = [:]
    for tensor in file.tensors where tensor.name.hasSuffix(leftSuffix) {
      let written = String(tensor.name.dropLast(leftSuffix.count))
      guard let weight = model.manifest.tensor(written: written)?.name else {
        throw ModelStoreError.unknownWeight(tensor: written)
      }
      guard updates[weight] == nil else {
        throw ModelStoreError.weightChangedTwice(path: path, tensor: weight)
      }
      updates[weight] = try update(of: weight, named: written, in: file, model)
    }
    return updates.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value)
  }

  private static let leftSuffix = ".U"
  private static let rightSuffix = ".V"

  /// The name of the other factor of a pair, or `nil` where the name is that of neither.
  private static func partner(of name: String) -> String? {
    if name.hasSuffix(leftSuffix) { return name.dropLast(leftSuffix.count) + rightSuffix }
    if name.hasSuffix(rightSuffix) { return name.dropLast(rightSuffix.count) + leftSuffix }
    return nil
  }

  private static func update(
    of weight: String, named written: String, in file: SafetensorsFile, _ model: StoredModel
  ) throws -> LowRankUpdate {
    let shape = try model.shape(ofMatrix: weight)
    let u = try file.tensor(named: written + leftSuffix)
    let v = try file.tensor(named: written + rightSuffix)
    try requireFactors(u, v, in: file)
    // Shapes first: they say more than that some number is not finite.
    guard u.shape[1] == v.shape[0] else {
      throw ModelStoreError.ranksDisagree(tensor: weight, u: u.shape[1], v: v.shape[0])
    }
    guard [u.shape[0], v.shape[1]] == shape else {
      throw ModelStoreError.deltaDoesNotFit(
        tensor: weight, expected: shape, found: [u.shape[0], v.shape[1]])
    }
    return try LowRankUpdate(tensor: weight, u: factor(u, in: file), v: factor(v, in: file))
  }

  /// Refuses tensors that are no matrices of plain floating-point numbers.
  static func requireFactors(
    _ first: StoredTensor, _ second: StoredTensor, in file: SafetensorsFile
  ) throws {
    for factor in [first, second] {
      guard factor.shape.count == 2, !factor.shape.contains(0) else {
        throw ModelFileError.unexpectedShape(
          path: file.path, tensor: factor.name, shape: factor.shape)
      }
      guard [.float32, .bfloat16, .float16].contains(factor.elementType) else {
        throw ModelFileError.unsupportedElementType(
          path: file.path, tensor: factor.name, type: factor.elementType.rawValue)
      }
    }
  }

  static func factor(
    _ tensor: StoredTensor, in file: SafetensorsFile
  ) throws -> StoredFactor {
    do {
      return try StoredFactor(
        elementType: tensor.elementType, rows: tensor.shape[0], columns: tensor.shape[1],
        bytes: Array(file.bytes(of: tensor)))
    } catch ModelStoreError.factorNotFinite {
      throw ModelStoreError.fileFactorNotFinite(path: file.path, tensor: tensor.name)
    }
  }
}
