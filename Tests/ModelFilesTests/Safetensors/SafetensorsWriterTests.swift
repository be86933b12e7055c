import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
  private typealias Announcement = SafetensorsWriter.Announcement

  /// Writes every tensor of `source` again, announced in a random order and in random pieces.
  private func rewrite(_ source: SafetensorsFile, to path: String, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let announced = source.tensors.shuffled(using: &generator).map {
      Announcement(name: $0.name, elementType: $0.elementType, shape: $0.shape)
    }
    let writer = try SafetensorsWriter(path: path, tensors: announced, metadata: source.metadata)
    for tensor in writer.layout {
      var rest = try source.bytes(named: tensor.name)
      repeat {
        let piece = Int.random(in: 0...rest.count, using: &generator)
        try writer.append(.init(rebasing: rest.prefix(piece)), to: tensor.name)
        rest = .init(rebasing: rest.dropFirst(piece))
      } while !rest.isEmpty
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    try writer.finish()
  }

  /// The official library wrote these files; ours has to come to the same bytes.
  @Test(arguments: [
    "archs/llama/model.safetensors", "archs/gpt2/expected.safetensors",
    "safetensors/sharded/model-00001-of-00002.safetensors",
    "peft/lora-llama/adapter_model.safetensors",
  ])
  func filesOfOneTypeAreWrittenAsTheOfficialLibraryWritesThem(file: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("written.safetensors")
    try rewrite(SafetensorsFile(path: Golden.path(file)), to: path, seed: 1)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Golden.data(file))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 1)
  }

  @Test func everyValidFileSurvivesARoundTripWhateverTheOrderOfTheCalls() throws {
    let directory = try TemporaryDirectory()
    for entry in try SafetensorsIndex.load().valid {
      let source = try SafetensorsFile(path: Golden.path("safetensors/\(entry.file)"))
      var written: [Data] = []
      for seed in 0..<3 as Range<UInt64> {
        let path = directory.path("\(entry.file.replacing("/", with: "-"))-\(seed)")
        try rewrite(source, to: path, seed: seed)
        written.append(try Data(contentsOf: URL(fileURLWithPath: path)))
        let copy = try SafetensorsFile(path: path)
        #expect(copy.metadata == source.metadata)
        #expect(Set(copy.names) == Set(source.names))
        for tensor in source.tensors {
          let other = try copy.tensor(named: tensor.name)
          #expect(other.elementType == tensor.elementType)
          #expect(other.shape == tensor.shape)
          #expect(other.byteOffset.isMultiple(of: tensor.elementType.bytesPerBlock))
          #expect(copy.bytes(of: other).elementsEqual(source.bytes(of: tensor)))
        }
      }
      #expect(Set(written).count == 1, "\(entry)")
    }
  }

  @Test func bytesThatDoNotFitTheAnnouncementAreRefused() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("a.safetensors")
    let writer = try SafetensorsWriter(
      path: path,
      tensors: [
        .init(name: "b", elementType: .float32, shape: [1]),
        .init(name: "a", elementType: .float32, shape: [1]),
      ])
    func expect(_ fault: WriteFault, _ body: () throws -> Void) {
      #expect(throws: ModelFileError.inconsistentWrite(path: path, fault: fault)) { try body() }
    }
    let bytes: [UInt8] = [0, 0, 0, 0, 0]
    try bytes.withUnsafeBytes { five in
      let four = UnsafeRawBufferPointer(rebasing: five.prefix(4))
      expect(.outOfTurn(given: "b", expected: "a")) { try writer.append(four, to: "b") }
      expect(.tooManyBytes("a")) { try writer.append(five, to: "a") }
      try writer.append(four, to: "a")
      expect(.incomplete("b")) { try writer.finish() }
      try writer.append(four, to: "b")
      expect(.outOfTurn(given: "b", expected: nil)) { try writer.append(four, to: "b") }
    }
    try writer.finish()
    #expect(try SafetensorsFile(path: path).names == ["a", "b"])
  }

  @Test func anUnfinishedFileLeavesNothingBehind() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("a.safetensors")
    do {
      _ = try SafetensorsWriter(
        path: path, tensors: [.init(name: "a", elementType: .float32, shape: [4])])
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
  }

  @Test func impossibleAnnouncementsAreRefused() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("a.safetensors")
    func announce(_ tensors: [SafetensorsWriter.Announcement]) throws {
      _ = try SafetensorsWriter(path: path, tensors: tensors)
    }
    func expect(_ error: ModelFileError, _ tensors: [SafetensorsWriter.Announcement]) {
      #expect(throws: error) { try announce(tensors) }
    }
    let plain = Announcement(name: "a", elementType: .float32, shape: [1])
    expect(.inconsistentWrite(path: path, fault: .duplicateTensor("a")), [plain, plain])
    expect(
      .inconsistentWrite(path: path, fault: .impossibleShape("a")),
      [.init(name: "a", elementType: .float32, shape: [.max, 2])])
    expect(
      .unsupportedElementType(path: path, tensor: "q", type: "Q8_0"),
      [.init(name: "q", elementType: .eightBitBlocks, shape: [32])])
    let missing = directory.path("none/a.safetensors")
    #expect(throws: ModelFileError.inputOutput(path: missing, errno: ENOENT)) {
      _ = try SafetensorsWriter(path: missing, tensors: [plain])
    }
  }
}
