import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct NarrowingTests {
  private func widen(_ bytes: [UInt8], as type: ElementType) throws -> [Float] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    defer { buffer.deallocate() }
    buffer.copyBytes(from: bytes)
    let count = bytes.count / type.bytesPerBlock * type.elementsPerBlock
    let view = try WeightView(
      elementType: type, rows: 1, columns: count, parts: [UnsafeRawBufferPointer(buffer)],
      owner: nil)
    var widened: [Float] = []
    for instructionSet in InstructionSet.available {
      let next = try Compute(instructionSet: instructionSet, threads: 1).widened(view).elements
      #expect(widened.isEmpty || next.map(\.bitPattern) == widened.map(\.bitPattern))
      widened = next
    }
    return widened
  }

  private var everySixteenBits: [UInt8] {
    (0...UInt16.max).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }

  @Test func everyBinary16WidensToItsValueAndBack() throws {
    let widened = try widen(everySixteenBits, as: .float16)
    for (code, value) in widened.enumerated() {
      let expected = Float(Float16(bitPattern: UInt16(code)))
      #expect(value.bitPattern == expected.bitPattern || (value.isNaN && expected.isNaN))
      if !value.isNaN { #expect(Narrowing.binary16(value) == UInt16(code)) }
    }
  }

  @Test func everyBfloat16WidensToItsValueAndBack() throws {
    let widened = try widen(everySixteenBits, as: .bfloat16)
    for (code, value) in widened.enumerated() {
      #expect(value.bitPattern == UInt32(code) << 16)
      if !value.isNaN { #expect(Narrowing.bfloat16(value) == UInt16(code)) }
    }
  }

  @Test func narrowingRoundsToNearestTiesToEven() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<200_000 {
      let value = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))
      guard !value.isNaN else { continue }
      #expect(Narrowing.binary16(value) == Float16(value).bitPattern)
      guard value.isFinite else { continue }
      // The nearest of the two neighbours, measured in binary64, which holds all of them exactly.
      let down = Double(Float(bitPattern: value.bitPattern & 0xFFFF_0000))
      let narrowed = Float(bitPattern: UInt32(Narrowing.bfloat16(value)) << 16)
      let up = Double(Float(bitPattern: (value.bitPattern & 0xFFFF_0000) &+ 0x1_0000))
      if narrowed.isFinite && up.isFinite {
        let error = abs(Double(narrowed) - Double(value))
        #expect(error <= abs(down - Double(value)) && error <= abs(up - Double(value)))
        if abs(down - Double(value)) == abs(up - Double(value)) {
          #expect(Narrowing.bfloat16(value) & 1 == 0)
        }
      }
    }
    for tie: Float in [65519.996, 65520, 6.0e-8, 2.98e-8, 2.9802322e-8, 0, -0.0] {
      #expect(Narrowing.binary16(tie) == Float16(tie).bitPattern)
    }
  }
}
