import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite struct GGUFFileTests {
  private static let mixed = Golden.path("gguf/tiny-llama-mixed.gguf")

  @Test func everyTensorIsListedWithTypeShapeAndPlace() throws {
    let expected = try GGUFExpectation.load()
    let file = try GGUFFile(path: Self.mixed)
    #expect(file.version == 3)
    #expect(file.tensors.map(\.name) == expected.tensors.map(\.name))
    for (tensor, expected) in zip(file.tensors, expected.tensors) {
      #expect(tensor.type.name == expected.type, "\(tensor.name)")
      #expect(tensor.shape == expected.shape, "\(tensor.name)")
      #expect(tensor.byteOffset == expected.byteOffset, "\(tensor.name)")
      #expect(tensor.byteCount == expected.byteCount, "\(tensor.name)")
      #expect(file.bytes(of: tensor).count == expected.byteCount)
    }
  }

  @Test func everyMetadataValueIsRead() throws {
    let expected = try GGUFExpectation.load()
    let file = try GGUFFile(path: Self.mixed)
    let keys = expected.kv.keys.filter { !$0.hasPrefix("GGUF.") }
    #expect(Set(file.metadata.entries.map(\.key)) == Set(keys))
    #expect(expected.kv["GGUF.tensor_count"]?.value == .integer(Int64(file.tensors.count)))
    for key in keys {
      let entry = try #require(expected.kv[key])
      let value = try #require(file.metadata[key])
      #expect(describe(value) == entry.value, "\(key)")
      #expect(typeNames(value) == entry.types, "\(key)")
    }
  }

  /// The value as the reference wrote it into JSON: 64-bit integers beyond 2⁵³ as strings, binary32
  /// numbers with all their digits.
  private func describe(_ value: GGUFValue) -> JSONValue {
    switch value {
    case .float32(let number): return .number(Double(number))
    case .float64(let number): return .number(number)
    case .bool(let flag): return .bool(flag)
    case .string(let text): return .string(text)
    case .uint64(let number) where number > 1 << 53: return .string(String(number))
    case .int64(let number) where number < -(1 << 53): return .string(String(number))
    case .array(_, let elements): return .array(elements.map(describe))
    default: return value.integerValue.map { .integer(Int64($0)) } ?? .null
    }
  }

  private func typeNames(_ value: GGUFValue) -> [String] {
    switch value {
    case .array(let element, _): ["ARRAY", String(describing: element).uppercased()]
    default: [String(describing: value).prefix { $0 != "(" }.uppercased()]
    }
  }

  @Test func weightsOfOtherTypesAreRefusedByNameAndType() throws {
    let file = try GGUFFile(path: Self.mixed)
    var refused: Set<String> = []
    for tensor in file.tensors {
      do {
        let weight = try file.weight(named: tensor.name)
        #expect(weight.elementType.rawValue == tensor.type.name)
        #expect(weight.elementType.byteCount(elements: weight.count) == tensor.byteCount)
        #expect(weight.count == tensor.shape.reduce(1, *))
      } catch ModelFileError.unsupportedElementType(_, let name, let type) {
        #expect(name == tensor.name)
        refused.insert(type)
      }
    }
    #expect(refused == ["Q5_0", "Q5_1", "Q4_K", "Q6_K"])
    #expect(throws: ModelFileError.missingTensor(path: Self.mixed, tensor: "nope")) {
      try file.weight(named: "nope")
    }
  }

  @Test func plainTypesKeepTheirBytes() throws {
    let expected = try SafetensorsFile(
      path: Golden.path("gguf/tiny-llama-mixed.expected.safetensors"))
    let file = try GGUFFile(path: Self.mixed)
    let plain = file.tensors.filter { $0.type.name == "F32" }
    #expect(plain.count == 6)
    for tensor in plain {
      #expect(file.bytes(of: tensor).elementsEqual(try expected.bytes(named: tensor.name)))
    }
  }

  @Test func theRemainingTypesAreListedWithTheirSizes() throws {
    let expected = try SafetensorsFile(path: Golden.path("gguf/extra-types.expected.safetensors"))
    let file = try GGUFFile(path: Golden.path("gguf/extra-types.gguf"))
    #expect(Set(file.tensors.map(\.name)) == Set(expected.names))
    for tensor in file.tensors {
      let other = try expected.tensor(named: tensor.name)
      #expect(tensor.shape == other.shape, "\(tensor.name)")
      if tensor.type.elementType != nil {
        #expect(file.bytes(of: tensor).elementsEqual(expected.bytes(of: other)))
      }
      #expect(throws: ModelFileError.self) { try file.weight(tensor) }
    }
    #expect(
      Set(file.tensors.map(\.type.name))
        == ["Q2_K", "Q3_K", "Q5_K", "I8", "I16", "I32", "I64", "F64"])
  }

  @Test func elementTypesAgreeOnTheirBlocks() {
    for type in GGMLType.all {
      guard let elementType = type.elementType else { continue }
      #expect(type.elementsPerBlock == elementType.elementsPerBlock)
      #expect(type.bytesPerBlock == elementType.bytesPerBlock)
    }
  }

  @Test func aGGUFFileIsToldFromOthers() throws {
    #expect(try GGUFFile.isGGUF(path: Self.mixed))
    #expect(try !GGUFFile.isGGUF(path: Golden.path("archs/llama/model.safetensors")))
    #expect(try !GGUFFile.isGGUF(path: Golden.path("safetensors/malformed/empty_file.safetensors")))
  }

  @Test(arguments: 0..<40)
  func damagedFilesAreReadOrRefused(seed: UInt64) throws {
    let directory = try TemporaryDirectory()
    var generator = SeededGenerator(seed: seed)
    for round in 0..<15 {
      let source = round.isMultiple(of: 3) ? "tiny-llama-mixed" : "extra-types"
      var bytes = Array(try Golden.data("gguf/\(source).gguf"))
      mutate(&bytes, within: 3800, using: &generator)
      let path = directory.path("\(round).gguf")
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      guard let file = try openOrRefuse({ try GGUFFile(path: path) }) else { continue }
      let total = file.tensors.reduce(0) { $0 + file.bytes(of: $1).count }
      #expect(total <= bytes.count)
      guard let model = try openOrRefuse({ try GGUFModel(file: file) }) else { continue }
      _ = try openOrRefuse { try model.tokenizerText() }
      _ = try openOrRefuse { try model.tokenizerConfigurationText() }
    }
  }
}

/// `Tests/Golden/gguf/tiny-llama-mixed.expected.json`.
struct GGUFExpectation {
  struct Tensor: Decodable {
    let name: String
    let type: String
    let shape: [Int]
    let byteOffset: Int
    let byteCount: Int

    enum CodingKeys: String, CodingKey {
      case name
      case type
      case shape = "rows_cols"
      case byteOffset = "data_offset_in_file"
      case byteCount = "n_bytes"
    }
  }

  let tensors: [Tensor]
  let kv: [String: (types: [String], value: JSONValue)]

  static func load() throws -> GGUFExpectation {
    struct Tensors: Decodable {
      let tensors: [Tensor]
    }
    let file = "gguf/tiny-llama-mixed.expected.json"
    let root = try JSONValue.parse(contentsOf: Golden.path(file))
    var kv: [String: (types: [String], value: JSONValue)] = [:]
    for member in try #require(root.objectValue?["kv"]?.objectValue).members {
      let entry = try #require(member.value.objectValue)
      let types = try #require(entry["types"]?.arrayValue).compactMap(\.stringValue)
      kv[member.name] = (types, try #require(entry["value"]))
    }
    return GGUFExpectation(tensors: try Golden.json(Tensors.self, file).tensors, kv: kv)
  }
}
