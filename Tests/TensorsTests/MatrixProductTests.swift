import Foundation
import Tensors
import TestSupport
import Testing

/// The kernels against a plain loop over `fmaf`, on every instruction set of the machine.
@Suite struct MatrixProductTests {
  /// Numbers that try arithmetic: both zeros, subnormals, large, and ordinary ones.
  static func awkwardNumbers(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    (0..<count).map { _ in
      switch Int.random(in: 0..<12, using: &generator) {
      case 0: 0
      case 1: -0.0
      case 2: Float(bitPattern: UInt32.random(in: 1..<0x0080_0000, using: &generator))
      case 3: -Float.leastNormalMagnitude
      case 4: 1e19 * generator.normal()
      case 5: 1e-22 * generator.normal()
      default: generator.normal()
      }
    }
  }

  /// `start[i,j]` and then one `fmaf` for each inner index, ascending.
  static func oracle(_ a: Matrix, _ b: Matrix, start: Matrix? = nil) -> Matrix {
    var c = start ?? Matrix(rows: a.rows, columns: b.columns)
    for i in 0..<a.rows {
      for j in 0..<b.columns {
        var sum = c[i, j]
        for p in 0..<a.columns { sum = fmaf(a[i, p], b[p, j], sum) }
        c[i, j] = sum
      }
    }
    return c
  }

  static func bits(_ matrix: Matrix) -> [UInt32] {
    // A NaN's sign and payload are no part of the arithmetic.
    matrix.elements.map { $0.isNaN ? 0x7FC0_0000 : $0.bitPattern }
  }

  static let shapes = [
    (1, 1, 1), (1, 7, 5), (2, 32, 31), (5, 3, 64), (13, 385, 33), (25, 768, 70), (12, 32, 32),
    (3, 1, 97), (37, 400, 129), (6, 0, 4),
  ]

  @Test(arguments: InstructionSet.available)
  func everyProductIsTheChainOfFusedMultiplyAdds(instructionSet: InstructionSet) throws {
    var generator = SeededGenerator(seed: 1)
    for (rows, inner, columns) in Self.shapes {
      for threads in [1, 3] {
        let compute = try Compute(instructionSet: instructionSet, threads: threads)
        let a = Matrix(
          rows: rows, columns: inner, elements: Self.awkwardNumbers(rows * inner, &generator))
        let b = Matrix(
          rows: inner, columns: columns, elements: Self.awkwardNumbers(inner * columns, &generator))
        let expected = Self.bits(Self.oracle(a, b))
        if inner > 0 {
          #expect(
            Self.bits(compute.product(a, transposed: WeightView(b.transposed))) == expected,
            "x·wᵀ \(rows)×\(inner)×\(columns) on \(threads) threads")
        }
        #expect(
          Self.bits(compute.product(a, WeightView(b))) == expected,
          "y·w \(rows)×\(inner)×\(columns) on \(threads) threads")
        #expect(
          Self.bits(compute.product(transposed: a.transposed, b)) == expected,
          "aᵀ·b \(rows)×\(inner)×\(columns) on \(threads) threads")
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func infinitiesAndNotANumbersComeOutWhereTheOracleHasThem(instructionSet: InstructionSet) throws {
    var generator = SeededGenerator(seed: 2)
    let compute = try Compute(instructionSet: instructionSet, threads: 2)
    var a = Matrix(rows: 9, columns: 21, elements: generator.normals(9 * 21))
    var b = Matrix(rows: 21, columns: 40, elements: generator.normals(21 * 40))
    a[0, 3] = .infinity
    a[4, 20] = -.infinity
    b[3, 7] = 0
    b[20, 8] = .infinity
    a[6, 0] = .nan
    #expect(Self.bits(compute.product(a, WeightView(b))) == Self.bits(Self.oracle(a, b)))
  }

  @Test(arguments: InstructionSet.available)
  func anEditedWeightIsTheBasePlusEveryRankInOrder(instructionSet: InstructionSet) throws {
    var generator = SeededGenerator(seed: 3)
    let (out, rank, input) = (75, 41, 53)
    let base = Matrix(
      rows: out, columns: input, elements: Self.awkwardNumbers(out * input, &generator))
    let u = Matrix(rows: out, columns: rank, elements: generator.normals(out * rank))
    let v = Matrix(rows: rank, columns: input, elements: generator.normals(rank * input))
    let expected = Self.bits(Self.oracle(u, v, start: base))
    for threads in 1...4 {
      let compute = try Compute(instructionSet: instructionSet, threads: threads)
      let whole = FloatBuffer(copying: base.elements)
      compute.addProduct(WeightView(u), WeightView(v), to: whole)
      #expect(whole.elements.map(\.bitPattern) == expected)

      // Cut anywhere and applied in order, the chain gives the same bits.
      let cut = FloatBuffer(copying: base.elements)
      var first = 0
      while first < rank {
        let last = Int.random(in: first + 1...rank, using: &generator)
        let uPart = Matrix(rows: out, columns: last - first) { buffer in
          for i in 0..<out {
            for p in first..<last { buffer[i * (last - first) + p - first] = u[i, p] }
          }
        }
        compute.addProduct(
          WeightView(uPart), WeightView(v.gathering(rows: Array(first..<last))), to: cut)
        first = last
      }
      #expect(cut.elements.map(\.bitPattern) == expected)
    }
  }

  @Test(arguments: InstructionSet.available)
  func anEditedWeightCanBeDerivedInTiles(instructionSet: InstructionSet) throws {
    var generator = SeededGenerator(seed: 7)
    let compute = try Compute(instructionSet: instructionSet, threads: 2)
    let (out, rank, input) = (61, 19, 83)
    let base = Matrix(
      rows: out, columns: input, elements: Self.awkwardNumbers(out * input, &generator))
    let u = Matrix(rows: out, columns: rank, elements: generator.normals(out * rank))
    let v = Matrix(rows: rank, columns: input, elements: generator.normals(rank * input))
    let whole = FloatBuffer(copying: base.elements)
    compute.addProduct(WeightView(u), WeightView(v), to: whole)
    for _ in 0..<20 {
      let rows =
        Int.random(in: 0..<30, using: &generator)..<Int.random(in: 31...out, using: &generator)
      let columns =
        Int.random(in: 0..<40, using: &generator)..<Int.random(in: 41...input, using: &generator)
      func cut(_ matrix: Matrix, _ rows: Range<Int>, _ columns: Range<Int>) -> Matrix {
        Matrix(
          rows: rows.count, columns: columns.count,
          elements: rows.flatMap { row in columns.map { matrix[row, $0] } })
      }
      let tile = FloatBuffer(copying: cut(base, rows, columns).elements)
      compute.addProduct(
        WeightView(cut(u, rows, 0..<rank)), WeightView(cut(v, 0..<rank, columns)), to: tile)
      let expected = cut(
        Matrix(rows: out, columns: input, elements: Array(whole.elements)), rows, columns)
      #expect(tile.elements.map(\.bitPattern) == expected.elements.map(\.bitPattern))
    }
  }

  @Test(arguments: InstructionSet.available)
  func subnormalResultsAreNotFlushedToZero(instructionSet: InstructionSet) throws {
    let compute = try Compute(instructionSet: instructionSet, threads: 1)
    let small = Matrix(rows: 1, columns: 40, elements: .init(repeating: 0x1p-126, count: 40))
    let half = Matrix(rows: 1, columns: 1, elements: [0.5])
    let product = compute.product(half, WeightView(small))
    #expect(product.elements.allSatisfy { $0 == 0x1p-127 && $0.isSubnormal })
    // A subnormal operand counts, too.
    let two = Matrix(rows: 1, columns: 1, elements: [2])
    #expect(compute.product(two, WeightView(product)).elements.allSatisfy { $0 == 0x1p-126 })
  }

  @Test func aWeightInSeveralSegmentsMultipliesAsOne() throws {
    var generator = SeededGenerator(seed: 4)
    let w = Matrix(rows: 90, columns: 64, elements: generator.normals(90 * 64))
    let whole = FloatBuffer(copying: w.elements)
    let rowBytes = 64 * 4
    let cuts = [0, 1, 33, 64, 90]
    let parts = zip(cuts, cuts.dropFirst()).map { first, last in
      UnsafeRawBufferPointer(rebasing: whole.bytes[first * rowBytes..<last * rowBytes])
    }
    let view = try WeightView(
      elementType: .float32, rows: 90, columns: 64, parts: parts, owner: whole)
    let x = Matrix(rows: 11, columns: 64, elements: generator.normals(11 * 64))
    let y = Matrix(rows: 11, columns: 90, elements: generator.normals(11 * 90))
    for instructionSet in InstructionSet.available {
      let compute = try Compute(instructionSet: instructionSet, threads: 2)
      #expect(
        Self.bits(compute.product(x, transposed: view)) == Self.bits(Self.oracle(x, w.transposed)))
      #expect(Self.bits(compute.product(y, view)) == Self.bits(Self.oracle(y, w)))
      #expect(compute.widened(view) == w)
      #expect(compute.widened(view, rows: [70, 0, 33]) == w.gathering(rows: [70, 0, 33]))
    }
  }

  @Test func segmentsThatDoNotHoldTheRowsAreRefused() {
    let buffer = FloatBuffer(copying: .init(repeating: 1, count: 12))
    #expect(throws: TensorError.segmentsDoNotFillMatrix(rows: 4, found: 3)) {
      try WeightView(
        elementType: .float32, rows: 4, columns: 4, parts: [buffer.bytes], owner: buffer)
    }
    #expect(throws: TensorError.rowDoesNotFillBlocks(columns: 4, elementType: .eightBitBlocks)) {
      try WeightView(
        elementType: .eightBitBlocks, rows: 1, columns: 4, parts: [buffer.bytes], owner: buffer)
    }
    #expect(throws: TensorError.notAWeightType(.int8)) {
      try WeightView(elementType: .int8, rows: 1, columns: 48, parts: [buffer.bytes], owner: buffer)
    }
  }
}
