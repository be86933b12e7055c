import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct DrawnPlacesTests {
  private let logits: Matrix

  init() {
    var generator = SeededGenerator(seed: 33)
    logits = Matrix(rows: 6, columns: 301, elements: generator.normals(6 * 301, deviation: 3))
  }

  /// Where a row's distribution function first exceeds a level, by the exponentials of Foundation.
  private func place(_ row: Int, level: Double) -> Int {
    let exponentials = logits.row(row).map { exp(Double($0)) }
    let total = exponentials.reduce(0, +)
    var sum = 0.0
    return exponentials.firstIndex {
      sum += $0 / total
      return sum > level
    } ?? exponentials.count - 1
  }

  @Test func aPlaceIsWhereTheProbabilitiesUpToItExceedTheLevel() throws {
    let compute = try Compute(threads: 2)
    for level in [0.0, 0.1, 0.25, 0.5, 0.77, 0.999] {
      let levels = (0..<6).map { (level + 0.137 * Double($0)).truncatingRemainder(dividingBy: 1) }
      #expect(
        compute.drawn(logits, levels: levels)
          == levels.enumerated().map { place($0.offset, level: $0.element) })
    }
  }

  @Test func aCertainPlaceIsDrawnAtEveryLevel() throws {
    var certain = Matrix(rows: 2, columns: 5)
    certain[0, 3] = 500
    certain[1, 0] = 500
    let compute = try Compute(threads: 1)
    for level in [0, 0.5, 1.nextDown] {
      #expect(compute.drawn(certain, levels: [level, level]) == [3, 0])
    }
  }

  @Test func placesDependNeitherOnThreadsNorOnTheInstructionSet() throws {
    let levels = (0..<6).map { Double($0) / 6 + 0.05 }
    let reference = try Compute(instructionSet: .scalar, threads: 1).drawn(logits, levels: levels)
    for instructionSet in InstructionSet.available {
      let compute = try Compute(instructionSet: instructionSet, threads: 3)
      #expect(compute.drawn(logits, levels: levels) == reference)
    }
  }
}
