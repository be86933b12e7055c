import Synchronization

/// Byte-pair encoding of one word at a time: starting from single bytes, the neighbouring pair with
/// the lowest rank is merged (the leftmost of equals) until no pair has one.
///
/// Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units", 2016,
/// on bytes instead of characters.
final class BytePairEncoder: Sendable {
  /// Two neighbouring tokens become one.
  struct Merge {
    /// Lower ranks go first.
    let rank: UInt32
    let merged: Int32
  }

  /// The token of each single byte. A byte without one is dropped before anything is merged, so
  /// that its neighbours may merge with each other.
  private let byteTokens: [Int32?]
  private let merges: [UInt64: Merge]
  /// Words that are tokens as they stand and are not put together from their bytes.
  private let wholeWords: [[UInt8]: Int32]
  /// What common words became before. Shared by all threads.
  private let cache = Mutex<[ArraySlice<UInt8>: [Int32]]>([:])

  private static let longestCachedWord = 64
  private static let cacheLimit = 1 << 15

  /// - Parameters:
  ///   - byteTokens: For each of the 256 bytes.
  ///   - merges: By ``key(_:_:)``.
  ///   - wholeWords: Empty for a tokenizer that always merges.
  init(byteTokens: [Int32?], merges: [UInt64: Merge], wholeWords: [[UInt8]: Int32]) {
    self.byteTokens = byteTokens
    self.merges = merges
    self.wholeWords = wholeWords
  }

  /// The key of a pair of tokens.
  static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Appends the tokens of `word` to `tokens`.
  ///
  /// - Complexity: O(*n* log *n*) in the length of the word.
  func encode(_ word: ArraySlice<UInt8>, into tokens: inout [Int]) {
    let isCached = word.count <= Self.longestCachedWord
    if isCached, let known = cache.withLock({ $0[word] }) {
      for token in known { tokens.append(Int(token)) }
      return
    }
    let result = wholeWords.isEmpty ? nil : wholeWords[Array(word)].map { [$0] }
    let encoded = result ?? merge(word)
    for token in encoded { tokens.append(Int(token)) }
    guard isCached else { return }
    // A copy of the word, lest the cache keep the whole text alive.
    let key = ArraySlice(Array(word))
    cache.withLock { cache in
      if cache.count >= Self.cacheLimit { cache.removeAll(keepingCapacity: true) }
      cache[key] = encoded
    }
  }

  /// Merges from scratch. Merged symbols stay in place as a linked list over positions; a queue
  /// holds every pair that ever had a rank, and what is no longer the case is noticed on leaving it.
  private func merge(_ word: ArraySlice<UInt8>) -> [Int32] {
    let dead: Int32 = -1
    var symbols = word.compactMap { byteTokens[Int($0)] }
    guard symbols.count > 1 else { return symbols }
    var next = Array(1...symbols.count)
    var previous = Array(-1..<(symbols.count - 1))
    var queue = MinimumQueue()

    func mergeOfPair(at position: Int) -> Merge? {
      let right = next[position]
      guard right < symbols.count else { return nil }
      return merges[Self.key(symbols[position], symbols[right])]
    }
    // Rank above position: the order of the merges.
    func offer(_ position: Int) {
      guard let merge = mergeOfPair(at: position) else { return }
      queue.insert(UInt64(merge.rank) << 32 | UInt64(UInt32(truncatingIfNeeded: position)))
    }

    for position in symbols.indices.dropLast() { offer(position) }
    while let entry = queue.removeMinimum() {
      let position = Int(entry & 0xFFFF_FFFF)
      // A rank belongs to one pair, so that an equal rank means the pair is still the same.
      guard symbols[position] != dead, let merge = mergeOfPair(at: position),
        UInt64(merge.rank) == entry >> 32
      else { continue }
      let right = next[position]
      symbols[position] = merge.merged
      symbols[right] = dead
      next[position] = next[right]
      if next[right] < symbols.count { previous[next[right]] = position }
      if previous[position] >= 0 { offer(previous[position]) }
      offer(position)
    }
    return symbols.filter { $0 != dead }
  }
}

/// A binary heap of numbers that gives back the smallest first.
private struct MinimumQueue {
  private var heap: [UInt64] = []

  mutating func insert(_ value: UInt64) {
    heap.append(value)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child] < heap[parent] else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeMinimum() -> UInt64? {
    guard let minimum = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return minimum }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { return minimum }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < heap[parent] else { return minimum }
      heap.swapAt(child, parent)
      parent = child
    }
  }
}
