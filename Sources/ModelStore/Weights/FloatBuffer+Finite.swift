import Synchronization
import Tensors

extension FloatBuffer {
  /// Whether no element is infinite or NaN.
  ///
  /// - Complexity: O(count).
  func isFinite(_ compute: Compute) -> Bool {
    let block = 1 << 14
    let isFinite = Atomic(true)
    compute.parallel((count + block - 1) / block) { blocks in
      let range = blocks.lowerBound * block..<min(count, blocks.upperBound * block)
      let elements = UnsafeBufferPointer(rebasing: elements[range])
      if !FloatingBytes.areFinite(UnsafeRawBufferPointer(elements), .float32) {
        isFinite.store(false, ordering: .relaxed)
      }
    }
    return isFinite.load(ordering: .relaxed)
  }
}
