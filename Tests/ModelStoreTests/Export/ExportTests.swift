import Foundation
import Glibc
import ModelFiles
import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

@Suite struct ExportTests {
  private let fixture: StoreFixture
  private let destination: String

  init() throws {
    fixture = try StoreFixture()
    destination = fixture.directory.path("out")
  }

  private func export(
    _ model: StoredModel, _ deltas: [DeltaID] = [], to path: String? = nil,
    as precision: ExportPrecision = .f32, replacing: Bool = false,
    progress: (TransferProgress) throws -> Void = { _ in }
  ) throws {
    try ModelExporter(
      model: model,
      weights: fixture.materializer.weights(model: model.id, activeDeltas: deltas),
      compute: fixture.compute
    ).export(
      to: path ?? destination, precision: precision, replacing: replacing, progress: progress)
  }

  /// The files of a directory with their bytes.
  private func content(_ path: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      files[name] = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
    }
    return files
  }

  /// What lies beside the export that should not: its temporary directories.
  private func leftovers() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path)
      .filter { $0.contains(".partial") }
  }

  @Test func whatAKilledExportLeftIsRemovedAndWhatAnotherWritesIsNot() throws {
    let model = try fixture.importLlama()
    // The second is locked, as by an export that is still writing; the last two are no export's.
    let names = [
      ".out.0123abcd.partial", ".out.4567.partial", ".out.mine.partial", ".out.7.partial.old",
    ]
    for name in names {
      let path = fixture.directory.path(name)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      try Data([1]).write(to: URL(fileURLWithPath: path + "/model.safetensors"))
    }
    let descriptor = open(fixture.directory.path(names[1]), O_RDONLY)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    try export(model)
    #expect(try Set(leftovers()) == Set(names.dropFirst()))
    #expect(try SafetensorsFile(path: destination + "/model.safetensors").names.count > 1)
  }

  private func edit(_ model: StoredModel) throws -> (delta: DeltaID, update: LowRankUpdate) {
    var maker = UpdateMaker(seed: 30)
    let update = try maker.update(of: LlamaMatrix.gate, in: model, rank: 3)
    return (try fixture.store.storeDelta([update], for: model), update)
  }

  @Test func exportedWeightsAreThoseOfTheRevisionAndTheFilesAreKept() throws {
    let model = try fixture.importLlama()
    let (delta, update) = try edit(model)
    try export(model, [delta])
    let source = try SafetensorsFile(path: Golden.path("archs/llama/model.safetensors"))
    let file = try SafetensorsFile(path: destination + "/model.safetensors")
    #expect(file.metadata == ["format": "pt"])
    #expect(Set(file.names) == Set(source.names))
    for name in source.names {
      var expected = try source.floats(named: name)
      if name == LlamaMatrix.gate { applyByScalarLoop(update, to: &expected) }
      #expect(sameBits(try file.floats(named: name), expected))
      #expect(file[name]?.shape == source[name]?.shape)
    }
    // The golden file says float32 already.
    #expect(
      try content(destination)["config.json"] == Golden.data("archs/llama/config.json"))
    #expect(try leftovers().isEmpty)
  }

  @Test(arguments: [ExportPrecision.bf16, .f16])
  func weightsAreNarrowedOnceToTheNearest(_ precision: ExportPrecision) throws {
    let model = try fixture.importLlama()
    let (delta, update) = try edit(model)
    try export(model, [delta], as: precision)
    let source = try SafetensorsFile(path: Golden.path("archs/llama/model.safetensors"))
    let file = try SafetensorsFile(path: destination + "/model.safetensors")
    for tensor in file.tensors {
      #expect(tensor.elementType == precision.elementType)
      var expected = try source.floats(named: tensor.name)
      if tensor.name == LlamaMatrix.gate { applyByScalarLoop(update, to: &expected) }
      let bytes = file.bytes(of: tensor)
      for (index, number) in expected.enumerated() {
        let bits = UInt16(
          littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
        // The nearest of the neighbours, by distance alone.
        let found =
          precision == .f16
          ? Double(Float16(bitPattern: bits)) : Double(Float(bitPattern: UInt32(bits) << 16))
        for other in [bits &+ 1, bits &- 1] {
          let value =
            precision == .f16
            ? Double(Float16(bitPattern: other)) : Double(Float(bitPattern: UInt32(other) << 16))
          guard value.isFinite, value.sign == found.sign else { continue }
          let (here, there) = (abs(found - Double(number)), abs(value - Double(number)))
          #expect(here < there || (here == there && bits & 1 == 0))
        }
      }
    }
    let configuration = try JSONValue.parse(contentsOf: destination + "/config.json")
    #expect(
      configuration.objectValue?["dtype"]?.stringValue
        == (precision == .f16 ? "float16" : "bfloat16"))
    #expect(try fixture.importModel(destination).configuration() == model.configuration())
  }

  @Test(arguments: ExportPrecision.allCases)
  func importingAnExportAndExportingAgainGivesTheSameBytes(_ precision: ExportPrecision) throws {
    let gguf = try SmallGGUF(in: fixture.directory)
    for model in [try fixture.importLlama(), try fixture.importModel(gguf.path)] {
      let name = model.manifest.tensors[3].name
      var maker = UpdateMaker(seed: 31)
      let matrix = try #require(model.manifest.tensors.first { $0.shape.count == 2 }?.name ?? name)
      let delta = try fixture.store.storeDelta(
        [maker.update(of: matrix, in: model, rank: 2)], for: model)
      try export(model, [delta], as: precision, replacing: true)
      let again = fixture.directory.path("again")
      try export(fixture.importModel(destination), to: again, as: precision, replacing: true)
      let (first, second) = (try content(destination), try content(again))
      #expect(first == second && first.count == 2)
    }
  }

  @Test func aGGUFsExportNamesItsElementType() throws {
    let gguf = try SmallGGUF(in: fixture.directory)
    let model = try fixture.importModel(gguf.path)
    try export(model, as: .bf16)
    let text = try JSONValue.parse(contentsOf: destination + "/config.json")
    #expect(text.objectValue?["torch_dtype"]?.stringValue == "bfloat16")
    #expect(
      try ModelConfiguration(contentsOf: destination + "/config.json") == model.configuration())
  }

  @Test func tablesOfIntegersAndTheirTypesStay() throws {
    let path = fixture.directory.path("tables.safetensors")
    let infinity = withUnsafeBytes(of: Float.infinity.bitPattern.littleEndian) { Array($0) }
    try writeSafetensors(
      path,
      [
        ("ids", .int64, [2], Array(0..<16)), ("mask", .float32, [1], infinity),
        ("a.weight", .float32, [2, 2], zeros(4, .float32)),
      ])
    try export(try fixture.importModel(path), as: .f16)
    let file = try SafetensorsFile(path: destination + "/model.safetensors")
    #expect(try file.bytes(named: "ids").elementsEqual(0..<16))
    #expect(file["ids"]?.elementType == .int64 && file["a.weight"]?.elementType == .float16)
    // A base's own infinity is no overflow.
    #expect(try file.bytes(named: "mask").elementsEqual([0x00, 0x7C]))
  }

  @Test func aWeightTooLargeForTheTypeIsNamedAndNothingIsLeft() throws {
    let path = fixture.directory.path("large.safetensors")
    let numbers: [Float] = [1, 65_519, -65_520, 2]
    try writeSafetensors(
      path, [("a.weight", .float32, [2, 2], numbers.withUnsafeBytes { Array($0) })])
    let model = try fixture.importModel(path)
    #expect(
      throws: ModelStoreError.weightTooLarge(tensor: "a.weight", elementType: "F16")
    ) { try export(model, as: .f16) }
    #expect(!FileManager.default.fileExists(atPath: destination))
    #expect(try leftovers().isEmpty)
    try export(model, as: .bf16)
  }

  @Test func anotherDirectoryIsNotOverwritten() throws {
    let model = try fixture.importLlama()
    try export(model)
    let before = try content(destination)
    let (delta, _) = try edit(model)
    #expect(
      throws: ModelStoreError.destinationInUse(path: destination, entry: "config.json")
    ) { try export(model, [delta]) }
    #expect(try content(destination) == before)
    try export(model, [delta], replacing: true)
    #expect(try content(destination) != before)
    // Not even then where more than a model would be lost.
    try Data().write(to: URL(fileURLWithPath: destination + "/thesis.txt"))
    #expect(
      throws: ModelStoreError.destinationInUse(path: destination, entry: "thesis.txt")
    ) { try export(model, replacing: true) }
    let file = destination + "/thesis.txt"
    #expect(throws: ModelStoreError.destinationInUse(path: file, entry: file)) {
      try export(model, to: file, replacing: true)
    }
    let empty = fixture.directory.path("empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
    try export(model, to: empty)
    let nowhere = fixture.directory.path("no/where")
    #expect(throws: ModelFileError.inputOutput(path: nowhere, errno: ENOENT)) {
      try export(model, to: nowhere)
    }
    #expect(try leftovers().isEmpty)
  }

  @Test func aStoppedExportLeavesNothing() throws {
    struct Stop: Error {}
    let model = try fixture.importLlama()
    var seen: [TransferProgress] = []
    #expect(throws: Stop.self) {
      try export(model) { progress in
        seen.append(progress)
        if progress.bytesDone * 2 > progress.bytesTotal { throw Stop() }
      }
    }
    #expect(!FileManager.default.fileExists(atPath: destination))
    #expect(try leftovers().isEmpty)
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.bytesDone < $1.bytesDone })
  }

  @Test func aFullDiskLeavesNothingOfAnExport() async throws {
    let path = fixture.store.path
    let id = try fixture.importLlama().id.hex
    await #expect(processExitsWith: .success) {
      [path = path as String, id = id as String, out = destination as String] in
      signal(SIGXFSZ, SIG_IGN)
      let store = try ObjectStore.open(at: path)
      let compute = try Compute(threads: 1)
      let model = try Materializer(store: store, compute: compute)
        .model(#require(ModelID(hex: id)))
      var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      #expect(throws: ModelFileError.self) {
        try ModelExporter(
          model: model, weights: EditedWeights(base: model, compute: compute), compute: compute
        ).export(to: out, precision: .f32)
      }
      #expect(!FileManager.default.fileExists(atPath: out))
    }
    #expect(try leftovers().isEmpty)
  }
}
