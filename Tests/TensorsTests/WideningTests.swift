import ModelFiles
import Tensors
import TestSupport
import Testing

/// Stored weights against the `gguf` package's own dequantisation.
@Suite struct WideningTests {
  @Test(arguments: InstructionSet.available)
  func quantisedWeightsWidenToTheExpectedBits(instructionSet: InstructionSet) throws {
    let file = try GGUFFile(path: Golden.path("gguf/tiny-llama-mixed.gguf"))
    let expected = try SafetensorsFile(
      path: Golden.path("gguf/tiny-llama-mixed.expected.safetensors"))
    let compute = try Compute(instructionSet: instructionSet, threads: 2)
    var seen: Set<ElementType> = []
    for tensor in file.tensors {
      guard let type = tensor.type.elementType, type.isWeightType else { continue }
      seen.insert(type)
      let columns = try #require(tensor.shape.last)
      let view = try WeightView(
        elementType: type, rows: tensor.shape.dropLast().reduce(1, *), columns: columns,
        parts: [file.bytes(of: tensor)], owner: file)
      let reference = try expected.floats(named: tensor.name)
      #expect(
        compute.widened(view).elements.map(\.bitPattern) == reference.map(\.bitPattern),
        "\(tensor.name), \(type)")
      // Both layouts of a product read quantised rows, also from inside a block on.
      let identity = Matrix(rows: view.rows, columns: view.rows) { buffer in
        buffer.initialize(repeating: 0)
        for row in 0..<view.rows { buffer[row * view.rows + row] = 1 }
      }
      #expect(compute.product(identity, view).elements == reference, "\(tensor.name), rows inner")
      let across = compute.product(
        Matrix(rows: view.columns, columns: view.columns) { buffer in
          buffer.initialize(repeating: 0)
          for row in 0..<view.columns { buffer[row * view.columns + row] = 1 }
        }, transposed: view)
      #expect(across.transposed.elements == reference, "\(tensor.name), rows columns")
    }
    #expect(
      seen == [
        .float32, .float16, .bfloat16, .eightBitBlocks, .fourBitBlocks,
        .fourBitBlocksWithMinimum,
      ])
  }

  /// Products whose inner index runs over quantised blocks, across the kernels' blocks of inner
  /// indices and several segments, in both layouts.
  @Test(
    arguments: InstructionSet.available,
    [ElementType.eightBitBlocks, .fourBitBlocks, .fourBitBlocksWithMinimum, .bfloat16, .float16])
  func productsOfStoredWeightsAreTheOraclesOfTheirValues(
    instructionSet: InstructionSet, type: ElementType
  ) throws {
    var generator = SeededGenerator(seed: 31)
    let compute = try Compute(instructionSet: instructionSet, threads: 3)
    for (rows, columns) in [(70, 416), (33, 800)] {
      let rowBytes = try #require(type.byteCount(elements: columns))
      let memory = FloatBuffer(uninitialized: (rows * rowBytes + 3) / 4)
      let bytes = UnsafeMutableRawBufferPointer(start: memory.pointer, count: rows * rowBytes)
      for index in bytes.indices { bytes[index] = UInt8.random(in: 0...255, using: &generator) }
      // Scales, and whole numbers of the two plain types, below 2: exponents stay small.
      let stride = type.bytesPerBlock
      for block in Swift.stride(from: 0, to: bytes.count, by: stride) {
        bytes[block + 1] &= 0xBF
        if type == .fourBitBlocksWithMinimum { bytes[block + 3] &= 0xBF }
      }
      let parts = [0..<1, 1..<rows / 2, rows / 2..<rows].map {
        UnsafeRawBufferPointer(
          rebasing: bytes[$0.lowerBound * rowBytes..<$0.upperBound * rowBytes])
      }
      let view = try WeightView(
        elementType: type, rows: rows, columns: columns, parts: parts, owner: memory)
      let values = compute.widened(view)
      let x = Matrix(rows: 13, columns: columns, elements: generator.normals(13 * columns))
      let y = Matrix(rows: 13, columns: rows, elements: generator.normals(13 * rows))
      let bits = MatrixProductTests.bits
      #expect(
        bits(compute.product(x, transposed: view))
          == bits(MatrixProductTests.oracle(x, values.transposed)))
      #expect(bits(compute.product(y, view)) == bits(MatrixProductTests.oracle(y, values)))
    }
  }
}
