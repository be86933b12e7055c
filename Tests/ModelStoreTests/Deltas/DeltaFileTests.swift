import ModelFiles
import ModelStore
import Tensors
import TestSupport
import Testing

@Suite struct DeltaFileTests {
  typealias Entry = (name: String, type: ElementType, shape: [Int], bytes: [UInt8])

  private let fixture: StoreFixture
  private let model: StoredModel
  private let path: String
  /// The gate matrix without `.weight`.
  private let module = "model.layers.2.mlp.gate_proj"
  private let out: Int
  private let columns: Int

  init() throws {
    fixture = try StoreFixture()
    model = try fixture.importLlama()
    path = fixture.directory.path("delta.safetensors")
    let shape = try model.shape(ofMatrix: LlamaMatrix.gate)
    (out, columns) = (shape[0], shape[1])
  }

  private func read(_ entries: [Entry]) throws -> [LowRankUpdate] {
    try writeSafetensors(path, entries)
    return try DeltaFile.updates(at: path, for: model)
  }

  private func entry(
    _ name: String, _ shape: [Int], _ type: ElementType = .float32, bytes: [UInt8]? = nil
  ) -> Entry {
    (name, type, shape, bytes ?? zeros(shape.reduce(1, *), type))
  }

  @Test(arguments: [ElementType.float32, .bfloat16, .float16])
  func factorsAreReadUnderTheWeightsNameWithAndWithoutItsEnding(_ type: ElementType) throws {
    var maker = UpdateMaker(seed: 8)
    let gate = try maker.update(of: LlamaMatrix.gate, in: model, rank: 3, as: type)
    let down = try maker.update(of: LlamaMatrix.down, in: model, rank: 1, as: type)
    let updates = try read([
      entry("\(LlamaMatrix.down).U", [down.u.rows, 1], type, bytes: down.u.bytes),
      entry("\(LlamaMatrix.down).V", [1, down.v.columns], type, bytes: down.v.bytes),
      entry("\(module).U", [out, 3], type, bytes: gate.u.bytes),
      entry("\(module).V", [3, columns], type, bytes: gate.v.bytes),
    ])
    #expect(updates.map(\.tensor) == [LlamaMatrix.down, LlamaMatrix.gate])
    #expect(updates.map(\.u.bytes) == [down.u.bytes, gate.u.bytes])
    #expect(updates.map(\.v.bytes) == [down.v.bytes, gate.v.bytes])
    let direct = try fixture.store.storeDelta([gate, down], for: model)
    #expect(try fixture.store.storeDelta(updates, for: model) == direct)
  }

  @Test func aFileWithoutFactorsIsRefused() {
    #expect(throws: ModelStoreError.deltaFileEmpty(path: path)) { try read([]) }
    #expect(throws: ModelStoreError.strayTensor(path: path, tensor: "x.W")) {
      try read([entry("x.W", [1, 1])])
    }
  }

  @Test func aFactorAloneIsNamedWithWhatIsMissing() {
    #expect(
      throws: ModelStoreError.missingPartner(
        path: path, tensor: "\(module).U", partner: "\(module).V")
    ) { try read([entry("\(module).U", [out, 2])]) }
    #expect(
      throws: ModelStoreError.missingPartner(
        path: path, tensor: "\(module).V", partner: "\(module).U")
    ) { try read([entry("\(module).V", [2, columns])]) }
  }

  @Test func weightsThatAreNotThereOrNoMatricesAreNamed() {
    #expect(throws: ModelStoreError.unknownWeight(tensor: "model.nope")) {
      try read([entry("model.nope.U", [1, 1]), entry("model.nope.V", [1, 1])])
    }
    #expect(throws: ModelStoreError.notAWeightMatrix(tensor: "model.norm.weight", shape: [48])) {
      try read([entry("model.norm.U", [1, 1]), entry("model.norm.V", [1, 48])])
    }
    #expect(throws: ModelStoreError.weightChangedTwice(path: path, tensor: LlamaMatrix.gate)) {
      try read(
        [module, LlamaMatrix.gate].flatMap {
          [entry("\($0).U", [out, 1]), entry("\($0).V", [1, columns])]
        })
    }
  }

  @Test func wrongShapesAreNamed() {
    #expect(throws: ModelStoreError.ranksDisagree(tensor: LlamaMatrix.gate, u: 2, v: 3)) {
      try read([entry("\(module).U", [out, 2]), entry("\(module).V", [3, columns])])
    }
    #expect(
      throws: ModelStoreError.deltaDoesNotFit(
        tensor: LlamaMatrix.gate, expected: [out, columns], found: [columns, out])
    ) { try read([entry("\(module).U", [columns, 2]), entry("\(module).V", [2, out])]) }
    #expect(
      throws: ModelFileError.unexpectedShape(path: path, tensor: "\(module).U", shape: [out])
    ) { try read([entry("\(module).U", [out]), entry("\(module).V", [1, columns])]) }
    #expect(
      throws: ModelFileError.unexpectedShape(path: path, tensor: "\(module).U", shape: [out, 0])
    ) { try read([entry("\(module).U", [out, 0]), entry("\(module).V", [0, columns])]) }
  }

  @Test func factorsInOtherTypesOrNotFiniteAreNamed() {
    #expect(
      throws: ModelFileError.unsupportedElementType(
        path: path, tensor: "\(module).V", type: "F64")
    ) {
      try read([entry("\(module).U", [out, 1]), entry("\(module).V", [1, columns], .float64)])
    }
    var bytes = zeros(out, .bfloat16)
    (bytes[2 * out - 2], bytes[2 * out - 1]) = (0x80, 0xFF)  // −∞
    #expect(
      throws: ModelStoreError.fileFactorNotFinite(path: path, tensor: "\(module).U")
    ) {
      try read([
        entry("\(module).U", [out, 1], .bfloat16, bytes: bytes),
        entry("\(module).V", [1, columns], .bfloat16),
      ])
    }
  }
}
