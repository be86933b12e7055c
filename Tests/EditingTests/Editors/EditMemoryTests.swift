import Editing
import LanguageModel
import ModelStore
import Tensors
import TestSupport
import Testing

@Suite struct EditMemoryTests {
  private let compute: Compute

  init() throws { compute = try Compute(threads: 2) }

  private static let places = [
    KeyPlace(layer: 2, input: .activation), KeyPlace(layer: 10, input: .mlp),
  ]

  private func memory(rows: Int, seed: UInt64, as type: ElementType = .bfloat16) throws
    -> EditMemory
  {
    var generator = SeededGenerator(seed: seed)
    return EditMemory(
      try Dictionary(
        uniqueKeysWithValues: Self.places.map { place in
          let keys = Matrix(rows: rows, columns: 7, elements: generator.normals(rows * 7))
          return (place, try StoredFactor(quantizing: keys, as: type))
        }))
  }

  @Test(arguments: [ElementType.float32, .bfloat16, .float16])
  func keysComeBackAsTheyWereStored(type: ElementType) throws {
    let memory = try memory(rows: 3, seed: 1, as: type)
    let files = memory.encodedFiles
    #expect(files.map(\.name) == ["10.mlp", "2.activation"])
    let again = try EditMemory(encodedFiles: files)
    #expect(again.places == memory.places)
    for place in memory.places {
      let (old, new) = (try #require(memory.keys[place]), try #require(again.keys[place]))
      #expect(new.elementType == type && new.rows == 3 && new.columns == 7)
      #expect(new.bytes == old.bytes)
    }
    #expect(files[0].bytes.count == 24 + 21 * type.bytesPerBlock)
    #expect(files[0].bytes[8..<24].elementsEqual([3, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]))
  }

  @Test func whatIsNotInTheFormIsRefused() throws {
    let good = try memory(rows: 2, seed: 2, as: .float32).encodedFiles[0]
    func expectRefusal(
      _ change: (inout (name: String, bytes: [UInt8])) -> Void,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      var file = good
      change(&file)
      #expect(throws: EditingError.badMemory, sourceLocation: sourceLocation) {
        try EditMemory(encodedFiles: [file])
      }
    }
    #expect(try EditMemory(encodedFiles: [good]).places.count == 1)
    for name in ["10.nothing", "mlp", "-1.mlp", "01.mlp", "10.mlp.x", ""] {
      expectRefusal { $0.name = name }
    }
    expectRefusal { $0.bytes = [] }
    expectRefusal { $0.bytes.removeLast() }
    expectRefusal { $0.bytes.append(0) }
    expectRefusal { $0.bytes[0] = 3 }
    expectRefusal { $0.bytes[5] = 1 }
    expectRefusal { $0.bytes[8] = 1 }
    expectRefusal { $0.bytes[15] = 0xff }
    expectRefusal { $0.bytes.replaceSubrange(16..<24, with: repeatElement(0, count: 8)) }
    // An infinity.
    expectRefusal { $0.bytes.replaceSubrange(24..<28, with: [0, 0, 0x80, 0x7f]) }
  }

  @Test func gramsAreTheChainOverAllKeysInOrder() throws {
    let batches = try [(3, 1), (1, 2), (5, 3)].map { try memory(rows: $0, seed: $1) }
    var grams = KeyGrams()
    for batch in batches { try grams.remember(batch, compute: compute) }
    for place in Self.places {
      var expected = [Float](repeating: 0, count: 49)
      for batch in batches {
        let keys = compute.widened(try #require(batch.keys[place]).view())
        for row in 0..<keys.rows {
          for i in 0..<7 {
            for j in 0..<7 {
              expected[7 * i + j].addProduct(keys[row, i], keys[row, j])
            }
          }
        }
      }
      #expect(try #require(grams[place]).elements.elementsEqual(expected))
    }
    #expect(grams[KeyPlace(layer: 0, input: .mlp)] == nil)
  }

  @Test func gramsAreAValue() throws {
    var first = KeyGrams()
    try first.remember(memory(rows: 2, seed: 5), compute: compute)
    let before = Array(try #require(first[Self.places[0]]).elements)
    var second = first
    try second.remember(memory(rows: 2, seed: 6), compute: compute)
    #expect(try #require(first[Self.places[0]]).elements.elementsEqual(before))
    #expect(try !#require(second[Self.places[0]]).elements.elementsEqual(before))
  }

  @Test func batchesThatAreReadLaterAreInTheirOrder() throws {
    var memory = KeyMemory()
    #expect(memory.isEmpty)
    let batches = try (1...3).map { try self.memory(rows: 1, seed: $0) }
    memory.merge(batches[0])
    memory.merge(EditMemory())
    memory.merge(reading: { batches[1] })
    memory.merge(batches[2])
    #expect(try memory.batches.map { try $0.keys() } == batches)
  }
}
