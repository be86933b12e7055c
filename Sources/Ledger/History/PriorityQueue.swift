/// A queue whose least element comes out first: a binary heap.
struct PriorityQueue<Element: Comparable> {
  private var heap: [Element] = []

  /// - Complexity: O(log count).
  mutating func insert(_ element: Element) {
    heap.append(element)
    var index = heap.count - 1
    while index > 0, heap[index] < heap[(index - 1) / 2] {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// - Complexity: O(log count).
  mutating func removeFirst() -> Element? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var index = 0
    while let child = (2 * index + 1..<2 * index + 3).filter({ $0 < heap.count })
      .min(by: { heap[$0] < heap[$1] }), heap[child] < heap[index]
    {
      heap.swapAt(index, child)
      index = child
    }
    return first
  }
}
