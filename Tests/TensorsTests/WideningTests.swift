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
}
