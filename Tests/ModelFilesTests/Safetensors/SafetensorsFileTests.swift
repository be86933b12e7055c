import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
  private func open(_ file: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: Golden.path("safetensors/\(file)"))
  }

  @Test func everyValidFileIsReadWithItsValues() throws {
    let entries = try SafetensorsIndex.load().valid
    #expect(entries.count == 16)
    for entry in entries {
      let file = try open(entry.file)
      guard let values = entry.values else { continue }
      #expect(Set(file.names) == Set(values.keys), "\(entry)")
      for (name, expected) in values {
        let tensor = try file.tensor(named: name)
        let found: [Double]
        switch tensor.elementType {
        case .float32: found = try file.floats(named: name).map { Double($0) }
        case .uint8: found = file.bytes(of: tensor).map { Double($0) }
        default: found = Array(repeating: .nan, count: tensor.count)
        }
        #expect(found == expected, "\(entry) \(name)")
      }
    }
  }

  @Test func everyMalformedFileIsRefused() throws {
    let entries = try SafetensorsIndex.load().malformed
    #expect(entries.count == 81)
    for entry in entries where entry.mustReject != false {
      do {
        _ = try open(entry.file)
        #expect(entry.mustReject == nil, "\(entry) was read: \(entry.fault)")
      } catch ModelFileError.malformedSafetensors(let path, _) {
        #expect(path.hasSuffix(entry.file))
      }
    }
  }

  @Test(arguments: [
    ("empty_file", SafetensorsFault.noHeaderLength),
    ("length_field_only", .headerNotObject),
    ("header_length_beyond_file", .headerBeyondFile(length: 1112)),
    ("header_length_u64_max", .headerTooLong(length: .max)),
    ("header_length_over_100MB", .headerTooLong(length: 100_000_001)),
    ("header_leading_space", .headerNotObject),
    ("header_padded_with_nul", .headerNotJSON(.trailingBytes, offset: 54)),
    ("header_deeply_nested", .headerNotJSON(.tooDeep(limit: 128), offset: 132)),
    ("duplicate_name_by_escape", .headerNotJSON(.duplicateKey("a"), offset: 54)),
    ("tensor_entry_is_array", .entryNotObject(tensor: "a")),
    ("dtype_unknown", .unknownElementType(tensor: "b", type: "F31")),
    ("dtype_missing", .noElementType(tensor: "a")),
    ("shape_exponent", .invalidShape(tensor: "a")),
    ("offsets_huge", .invalidOffsets(tensor: "a")),
    ("offsets_hole_between", .notContiguous(tensor: "b", begin: 12, expected: 8)),
    ("shape_too_large_for_offsets", .sizeMismatch(tensor: "b", offsets: 8, shape: 12)),
    ("shape_times_dtype_wraps_to_8", .sizeOverflow(tensor: "b")),
    ("data_truncated", .dataLength(expected: 16, found: 15)),
    ("data_trailing_one_byte", .dataLength(expected: 16, found: 17)),
    ("metadata_value_number", .metadataNotText(key: "x")),
    ("metadata_not_object", .metadataNotText(key: nil)),
  ])
  func theFaultSaysWhatIsWrongAndWhere(file: String, fault: SafetensorsFault) {
    let path = Golden.path("safetensors/malformed/\(file).safetensors")
    #expect(throws: ModelFileError.malformedSafetensors(path: path, fault: fault)) {
      try SafetensorsFile(path: path)
    }
  }

  @Test(arguments: ["all_dtypes", "extra_dtypes"])
  func everyElementTypeKeepsItsBytes(name: String) throws {
    struct Expected: Decodable {
      struct Tensor: Decodable {
        let dtype: String
        let shape: [Int]
        let digits: String

        enum CodingKeys: String, CodingKey {
          case dtype
          case shape
          case digits = "bytes_hex"
        }
      }
      let tensors: [String: Tensor]
    }
    let file = try open("valid/\(name).safetensors")
    // The types beyond the usual ones have no list of values: only their sizes are checked.
    guard name == "all_dtypes" else {
      #expect(Set(file.tensors.map(\.elementType)) == [.uint16, .uint32, .uint64, .complex64])
      return
    }
    let expected = try Golden.json(Expected.self, "safetensors/valid/\(name).json")
    #expect(Set(file.names) == Set(expected.tensors.keys))
    for (name, tensor) in expected.tensors {
      let stored = try file.tensor(named: name)
      #expect(stored.elementType.rawValue == tensor.dtype)
      #expect(stored.shape == tensor.shape)
      let digits = file.bytes(of: stored).map { byte in
        String(UInt16(byte) + 0x100, radix: 16).dropFirst()
      }
      #expect(digits.joined() == tensor.digits)
    }
  }

  @Test func askingForWhatIsNotThereNamesIt() throws {
    let file = try open("valid/unaligned_tensor.safetensors")
    #expect(throws: ModelFileError.missingTensor(path: file.path, tensor: "nope")) {
      try file.floats(named: "nope")
    }
    #expect(
      throws: ModelFileError.unsupportedElementType(path: file.path, tensor: "u", type: "U8")
    ) { try file.floats(named: "u") }
  }

  @Test func aMissingFileAndADirectoryAreInputErrors() {
    let missing = Golden.path("nothing.safetensors")
    #expect(throws: ModelFileError.inputOutput(path: missing, errno: ENOENT)) {
      try SafetensorsFile(path: missing)
    }
    #expect(throws: ModelFileError.inputOutput(path: Golden.directory, errno: EISDIR)) {
      try SafetensorsFile(path: Golden.directory)
    }
  }

  /// Whatever a few changed, added or missing bytes make of a file, opening it gives a value whose
  /// tensors can be read to the end, or one of our errors.
  @Test(arguments: 0..<40)
  func damagedFilesAreReadOrRefused(seed: UInt64) throws {
    let directory = try TemporaryDirectory()
    var generator = SeededGenerator(seed: seed)
    let sources = try SafetensorsIndex.load().valid.map(\.file)
    for round in 0..<25 {
      let source = sources[Int.random(in: 0..<sources.count, using: &generator)]
      var bytes = Array(try Golden.data("safetensors/\(source)"))
      // The header is where a change matters.
      mutate(&bytes, within: 200, using: &generator)
      let path = directory.path("\(round).safetensors")
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      guard let file = try openOrRefuse({ try SafetensorsFile(path: path) }) else { continue }
      let total = file.tensors.reduce(0) { $0 + file.bytes(of: $1).count }
      #expect(total <= bytes.count)
    }
  }
}
