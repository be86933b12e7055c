import ObjectModel
import Testing

@Suite struct LittleEndianTests {
  @Test func aNumberIsWrittenWithItsLeastSignificantByteFirst() {
    #expect(UInt32(0x0102_0304).littleEndianBytes == [4, 3, 2, 1])
    #expect(UInt64(0x0102_0304_0506_0708).littleEndianBytes == [8, 7, 6, 5, 4, 3, 2, 1])
    #expect(UInt32.max.littleEndianBytes == [255, 255, 255, 255])
  }

  @Test func aNumberIsReadFromAnyCollectionOfItsBytes() {
    let bytes: [UInt8] = [9, 1, 2, 0, 128, 9]
    #expect(UInt32(littleEndianBytes: bytes[1..<5]) == 0x8000_0201)
    #expect(UInt64(littleEndianBytes: bytes[1..<5]) == 0x8000_0201)
    #expect(UInt64(littleEndianBytes: []) == 0)
  }

  @Test func whatIsWrittenIsRead() {
    for number: UInt64 in [0, 1, 255, 256, 1 << 40 | 7, .max] {
      #expect(UInt64(littleEndianBytes: number.littleEndianBytes) == number)
    }
  }
}
