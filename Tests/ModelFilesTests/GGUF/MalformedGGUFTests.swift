import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct MalformedGGUFTests {
  /// Opens what `build` makes of an empty file and gives the fault it is refused with.
  private func fault(_ build: (inout GGUFBuilder) -> Void) throws -> GGUFFault? {
    let directory = try TemporaryDirectory()
    var builder = GGUFBuilder()
    build(&builder)
    do {
      _ = try GGUFFile(path: builder.write(into: directory))
      return nil
    } catch ModelFileError.malformedGGUF(_, let fault, _) {
      return fault
    }
  }

  @Test func aFileWithoutTensorsIsValid() throws {
    #expect(try fault { _ in } == nil)
    #expect(try fault { $0.version = 2 } == nil)
    #expect(try fault { $0.zeros("t", rows: 2, columns: 3) } == nil)
  }

  @Test func theHeadIsChecked() throws {
    #expect(try fault { $0.magic = Array("GGML".utf8) } == .noMagic)
    #expect(try fault { $0.version = 1 } == .unsupportedVersion(1))
    #expect(try fault { $0.version = UInt32(3).byteSwapped } == .unsupportedVersion(50_331_648))
    #expect(
      try fault { $0.tensorCount = .max } == .countTooLarge(of: "tensor count", count: .max))
    #expect(
      try fault { $0.entryCount = 1 << 40 } == .countTooLarge(of: "metadata count", count: 1 << 40))
  }

  @Test func metadataIsChecked() throws {
    let arrayType = GGUFValueType.array.rawValue
    #expect(
      try fault { $0.entry("k", type: 13, [0]) } == .unknownValueType(key: "k", type: 13))
    #expect(try fault { $0.entry("k", type: 7, [2]) } == .invalidBool(key: "k"))
    #expect(
      try fault {
        $0.entry("k", 1)
        $0.entry("k", 2)
      } == .duplicateKey("k"))
    #expect(
      try fault { $0.entry("k", type: 8, GGUFBuilder.integer(UInt64.max)) }
        == .countTooLarge(of: "k", count: .max))
    #expect(
      try fault { $0.entry("k", type: 8, GGUFBuilder.integer(UInt64(1)) + [0xFF]) }
        == .invalidUTF8(in: "k"))
    #expect(
      try fault {
        $0.entry(
          "k", type: arrayType,
          GGUFBuilder.integer(UInt32(10)) + GGUFBuilder.integer(UInt64(1) << 61))
      } == .countTooLarge(of: "k", count: 1 << 61))
    #expect(
      try fault {
        let nested = GGUFBuilder.integer(arrayType) + GGUFBuilder.integer(UInt64(1))
        $0.entry("k", type: arrayType, Array(repeating: nested, count: 200).flatMap { $0 })
      } == .tooDeep(key: "k", limit: 4))
    #expect(try fault { $0.entry("general.alignment", 12) } == .invalidAlignment)
    #expect(try fault { $0.entry("general.alignment", 0) } == .invalidAlignment)
  }

  @Test func tensorsAreChecked() throws {
    func tensorFault(
      _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0
    ) throws -> GGUFFault? {
      try fault {
        $0.tensor("t", dimensions, type: type, offset: offset)
        $0.data = Array(repeating: 0, count: 4096)
      }
    }
    #expect(try tensorFault([4]) == nil)
    #expect(try tensorFault([4], offset: 4064) == nil)
    #expect(
      try tensorFault([]) == .countTooLarge(of: "tensor count", count: 1)
        || tensorFault([]) == .invalidDimensionCount(tensor: "t", count: 0))
    #expect(try tensorFault([1, 1, 1, 1, 1]) == .invalidDimensionCount(tensor: "t", count: 5))
    #expect(try tensorFault([4], type: 4) == .unknownTensorType(tensor: "t", type: 4))
    #expect(try tensorFault([33, 2], type: 8) == .partialBlock(tensor: "t", rowLength: 33))
    #expect(try tensorFault([1 << 63]) == .sizeOverflow(tensor: "t"))
    #expect(try tensorFault([1 << 32, 1 << 31]) == .sizeOverflow(tensor: "t"))
    #expect(try tensorFault([1 << 32, 1 << 32, 0]) == .sizeOverflow(tensor: "t"))
    #expect(try tensorFault([4], offset: 16) == .misaligned(tensor: "t", offset: 16))
    #expect(try tensorFault([1025]) == .tensorBeyondFile(tensor: "t"))
    #expect(try tensorFault([4], offset: 4096) == .tensorBeyondFile(tensor: "t"))
    #expect(try tensorFault([4], offset: 0xFFFF_FFFF_FFFF_FFE0) == .tensorBeyondFile(tensor: "t"))
    #expect(
      try fault {
        $0.tensor("t", [4])
        $0.tensor("t", [4], offset: 32)
        $0.data = Array(repeating: 0, count: 64)
      } == .duplicateTensor("t"))
    #expect(
      try fault {
        $0.tensor("a", [16])
        $0.tensor("b", [4], offset: 32)
        $0.data = Array(repeating: 0, count: 64)
      } == .overlap(first: "a", second: "b"))
  }

  @Test func everyTruncationIsRefused() throws {
    let directory = try TemporaryDirectory()
    let file = try GGUFFile(path: Golden.path("gguf/extra-types.gguf"))
    // Padding after the last tensor may be missing.
    let end = try #require(file.tensors.map { $0.byteOffset + $0.byteCount }.max())
    let bytes = Array(file.file.bytes.prefix(end))
    let path = directory.path("cut.gguf")
    for count in stride(from: 0, to: bytes.count, by: 7) {
      try Data(bytes.prefix(count)).write(to: URL(fileURLWithPath: path))
      #expect(throws: ModelFileError.self, "\(count) bytes") { try GGUFFile(path: path) }
    }
  }
}
