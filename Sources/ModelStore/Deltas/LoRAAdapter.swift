import Foundation
import ModelFiles
import Tensors

/// A LoRA adapter as PEFT saves it: `adapter_model.safetensors` with `lora_A` (`r×in`) and `lora_B`
/// (`out×r`) of each changed module, and `adapter_config.json` with what their product is multiplied by.
struct LoRAAdapter {
  private let file: SafetensorsFile
  private let configuration: LoRAConfiguration

  private static let modelName = "adapter_model.safetensors"
  private static let configurationName = "adapter_config.json"
  /// What PEFT puts before the names of the model's own modules.
  private static let wrapper = "base_model.model."
  private static let endings = (a: ".lora_A.weight", b: ".lora_B.weight")

  /// The adapter at a path: its directory, or the file of its factors; `nil` where there is something else.
  ///
  /// - Throws: ``ModelFileError``.
  init?(at path: String) throws {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
      isDirectory.boolValue
    {
      file = try SafetensorsFile(path: "\(path)/\(Self.modelName)")
      configuration = try LoRAConfiguration(contentsOf: "\(path)/\(Self.configurationName)")
      return
    }
    file = try SafetensorsFile(path: path)
    guard file.tensors.contains(where: { $0.name.contains(".lora_") }) else { return nil }
    let directory = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    configuration = try LoRAConfiguration(contentsOf: directory + Self.configurationName)
  }

  /// The changes, sorted by weight: `U` is `scaling·B` and `V` is `A`, and their transposes the other way
  /// round where the base keeps its matrices `in×out`. `U` stays in its type where the scaling changes no
  /// digit, as a power of two mostly does, and else both become binary32.
  ///
  /// - Throws: as ``DeltaFile/updates(at:for:)``, and `ModelFileError.invalidValue` where a rank is not the
  ///   one that the configuration tells.
  func updates(for model: StoredModel) throws -> [LowRankUpdate] {
    guard !file.tensors.isEmpty else { throw ModelStoreError.deltaFileEmpty(path: file.path) }
    var updates: [LowRankUpdate] = []
    for tensor in file.tensors {
      guard let (module, partner) = Self.parts(of: tensor.name) else {
        throw ModelStoreError.strayTensor(path: file.path, tensor: tensor.name)
      }
      guard file[partner] != nil else {
        throw ModelStoreError.missingPartner(
          path: file.path, tensor: tensor.name, partner: partner)
      }
      guard tensor.name.hasSuffix(Self.endings.a) else { continue }
      updates.append(try update(of: module, a: tensor, b: file.tensor(named: partner), model))
    }
    return updates.sorted { $0.tensor.utf8.lexicographicallyPrecedes($1.tensor.utf8) }
  }

  /// The module that a factor belongs to, and the name of the other factor.
  private static func parts(of name: String) -> (module: String, partner: String)? {
    for (own, other) in [(endings.a, endings.b), (endings.b, endings.a)]
    where name.hasSuffix(own) && name.hasPrefix(wrapper) {
      let whole = name.dropLast(own.count)
      return (String(whole.dropFirst(wrapper.count)), whole + other)
    }
    return nil
  }

  private func update(
    of module: String, a: StoredTensor, b: StoredTensor, _ model: StoredModel
  ) throws -> LowRankUpdate {
    let weight = module + ".weight"
    let shape = try model.shape(ofMatrix: weight)
    try DeltaFile.requireFactors(a, b, in: file)
    guard b.shape[1] == a.shape[0] else {
      throw ModelStoreError.ranksDisagree(tensor: weight, u: b.shape[1], v: a.shape[0])
    }
    guard a.shape[0] == configuration.rank(of: module) else {
      throw ModelFileError.invalidValue(
        path: file.path, key: "r",
        fault: .outOfRange(
          reason: "\(module) has rank \(a.shape[0]), the configuration says "
            + "\(configuration.rank(of: module))"))
    }
    var (u, v) = (try DeltaFile.factor(b, in: file), try DeltaFile.factor(a, in: file))
    if configuration.isFanInFanOut { (u, v) = (try v.transposed(), try u.transposed()) }
    guard [u.rows, v.columns] == shape else {
      throw ModelStoreError.deltaDoesNotFit(
        tensor: weight, expected: shape, found: [u.rows, v.columns])
    }
    let scaled = try u.scaled(exactlyBy: Float(configuration.scaling(of: module)))
    return try LowRankUpdate(
      tensor: weight, u: scaled, v: try v.widened(to: scaled.elementType))
  }
}

extension StoredFactor {
  /// The factor times a number, in its own type where going back gives its bytes, else in binary32.
  fileprivate func scaled(exactlyBy factor: Float) throws -> StoredFactor {
    if factor.significand == 1, let own = try? multiplied(by: factor, as: elementType),
      try own.multiplied(by: 1 / factor, as: elementType).bytes == bytes
    {
      return own
    }
    return try multiplied(by: factor, as: .float32)
  }

  fileprivate func transposed() throws -> StoredFactor {
    try StoredFactor(
      quantizing: Compute(threads: 1).widened(try view()).transposed, as: elementType)
  }
}
