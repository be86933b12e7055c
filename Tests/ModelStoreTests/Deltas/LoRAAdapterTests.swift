import Foundation
import ModelFiles
import ModelStore
import Tensors
import TestSupport
import Testing

/// Adapters that PEFT wrote, against the weights that PEFT merged them into.
@Suite struct LoRAAdapterTests {
  private static let adapters = [
    ("lora-llama", "llama"), ("lora-llama-rslora-pattern", "llama"),
    ("lora-gpt2-fan-in-fan-out", "gpt2"),
  ]

  @Test(arguments: adapters, [false, true])
  func anAdapterGivesTheWeightsThatItsMakerMerges(
    _ adapter: (name: String, base: String), namesFile: Bool
  ) throws {
    let fixture = try StoreFixture()
    let model = try fixture.importModel(Golden.path("archs/\(adapter.base)"))
    let directory = Golden.path("peft/\(adapter.name)")
    let updates = try DeltaFile.updates(
      at: namesFile ? "\(directory)/adapter_model.safetensors" : directory, for: model)
    let compute = try Compute(threads: 2)
    let weights = try EditedWeights(base: model, compute: compute).applying(updates)
    let expected = try SafetensorsFile(path: "\(directory)/expected.safetensors")
    let merged = expected.tensors.filter { $0.name.hasPrefix("merged.") }
    #expect(merged.count == updates.count && !merged.isEmpty)
    for tensor in merged {
      let name = String(tensor.name.dropFirst("merged.".count))
      let numbers = floats(expected.bytes(of: tensor))
      let found = compute.widened(try weights.weight(named: name)).elements
      let closeness = Closeness(found, numbers)
      #expect(closeness.relativeError < 1e-6, "\(name): \(closeness)")
    }
    // It is a delta like any other.
    _ = try fixture.store.storeDelta(updates, for: model)
  }

  private func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
    (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
  }

  /// An adapter whose configuration has other members.
  private func changed(_ members: [String: Any], _ body: (StoredModel, String) throws -> Void)
    throws
  {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    let source = Golden.path("peft/lora-llama")
    let target = fixture.directory.path("adapter")
    try FileManager.default.createDirectory(
      atPath: target, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: "\(source)/adapter_model.safetensors",
      toPath: "\(target)/adapter_model.safetensors")
    let text = try Data(contentsOf: URL(fileURLWithPath: "\(source)/adapter_config.json"))
    var object = try #require(JSONSerialization.jsonObject(with: text) as? [String: Any])
    object.merge(members) { $1 }
    try JSONSerialization.data(withJSONObject: object)
      .write(to: URL(fileURLWithPath: "\(target)/adapter_config.json"))
    try body(model, target)
  }

  @Test(
    arguments: [
      ["peft_type": "IA3"], ["use_dora": true], ["bias": "all"], ["modules_to_save": ["lm_head"]],
      ["rank_pattern": [".*gate_proj": 2]], ["r": 0], ["lora_alpha": -1], ["r": 3],
      ["rank_pattern": ["layers.1.mlp.up_proj": 8]], ["init_lora_weights": "pissa_niter_4"],
      ["kasa_config": ["beta": 1]],
    ] as [[String: any Sendable]])
  func whatWouldMeanSomethingElseIsRefused(_ members: [String: any Sendable]) throws {
    try changed(members) { model, path in
      #expect(throws: ModelFileError.self) { try DeltaFile.updates(at: path, for: model) }
    }
  }

  /// 8/4 = 2 changes no digit of BF16, 6/4 = 1.5 may.
  @Test(arguments: [(8.0, ElementType.bfloat16), (6.0, .float32)])
  func factorsKeepTheirTypeWhereTheScalingLosesNothing(
    _ expected: (alpha: Double, type: ElementType)
  ) throws {
    try changed(["lora_alpha": expected.alpha]) { model, path in
      var maker = UpdateMaker(seed: 3)
      let factors = try maker.update(of: LlamaMatrix.gate, in: model, rank: 4, as: .bfloat16)
      let module = "base_model.model.\(LlamaMatrix.gate.dropLast(".weight".count))"
      try FileManager.default.removeItem(atPath: "\(path)/adapter_model.safetensors")
      try writeSafetensors(
        "\(path)/adapter_model.safetensors",
        [
          ("\(module).lora_A.weight", .bfloat16, [4, factors.v.columns], factors.v.bytes),
          ("\(module).lora_B.weight", .bfloat16, [factors.u.rows, 4], factors.u.bytes),
        ])
      let update = try #require(DeltaFile.updates(at: path, for: model).first)
      #expect(update.u.elementType == expected.type && update.v.elementType == expected.type)
      let compute = try Compute(threads: 1)
      let (b, u) = (compute.widened(try factors.u.view()), compute.widened(try update.u.view()))
      let (a, v) = (compute.widened(try factors.v.view()), compute.widened(try update.v.view()))
      #expect(u.elements == b.elements.map { $0 * Float(expected.alpha / 4) })
      #expect(v.elements == a.elements)
    }
  }

  @Test func anAdapterOfAnotherModelIsRefused() throws {
    let fixture = try StoreFixture()
    let model = try fixture.importLlama()
    #expect(throws: ModelStoreError.self) {
      try DeltaFile.updates(at: Golden.path("peft/lora-gpt2-fan-in-fan-out"), for: model)
    }
    #expect(throws: ModelFileError.self) {
      try DeltaFile.updates(at: fixture.directory.path("store"), for: model)
    }
  }
}
