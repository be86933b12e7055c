import ObjectModel
import Testing

@Suite struct ChunkLayoutTests {
  private let limit = ChunkLayout.maximumChunkBytes

  @Test func chunksHoldAsManyWholeRowsAsFit() {
    #expect(ChunkLayout(byteCount: 10, rowBytes: 1000).chunkBytes == 4_194_000)
    #expect(ChunkLayout(byteCount: 10, rowBytes: limit).chunkBytes == limit)
    #expect(ChunkLayout(byteCount: 10, rowBytes: limit / 2 + 1).chunkBytes == limit / 2 + 1)
    #expect(ChunkLayout(byteCount: 10, rowBytes: limit + 1).chunkBytes == limit)
    #expect(ChunkLayout(byteCount: 10).chunkBytes == limit)
    #expect(ChunkLayout(byteCount: -3, rowBytes: 0) == ChunkLayout(byteCount: 0))
  }

  @Test func chunksTileTheBlob() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let byteCount = Int.random(in: 0...50_000_000, using: &generator)
      let layout = ChunkLayout(
        byteCount: byteCount, rowBytes: Int.random(in: 1...6_000_000, using: &generator))
      var end = 0
      for index in 0..<layout.chunkCount {
        let range = layout.range(ofChunk: index)
        #expect(range.lowerBound == end && !range.isEmpty && range.count <= limit)
        end = range.upperBound
      }
      #expect(end == byteCount)
    }
  }

  @Test func impossibleLayoutsAndBlobsAreRefused() throws {
    #expect(ChunkLayout(byteCount: 1, chunkBytes: 0) == nil)
    #expect(ChunkLayout(byteCount: 1, chunkBytes: limit + 1) == nil)
    #expect(ChunkLayout(byteCount: -1, chunkBytes: 1) == nil)
    let two = ChunkLayout(byteCount: limit + 1)
    #expect(Blob(layout: two, sha256: try Sample.digest(1), chunks: []) == nil)
    #expect(ChunkLayout(byteCount: .max).chunkCount == 1 << 41)
  }
}
