internal import CKernels

/// A stored weight matrix, `rows×columns`, read where it lies: in a memory map or in a buffer of
/// ours, in one or several segments of whole rows.
///
/// Sendable because the memory is never written while a view of it exists and `owner` keeps it
/// alive.
package struct WeightView: @unchecked Sendable {
  package let elementType: ElementType
  package let rows: Int
  package let columns: Int
  let segments: [Segment]
  private let owner: AnyObject?

  /// Consecutive rows at one place in memory.
  struct Segment {
    let rows: Range<Int>
    let bytes: UnsafeRawPointer
  }

  /// A view of stored rows.
  ///
  /// - Parameters:
  ///   - parts: the bytes of consecutive whole rows.
  ///   - owner: what keeps the bytes alive and unchanged.
  /// - Throws: ``TensorError/notAWeightType(_:)``, ``TensorError/rowDoesNotFillBlocks(columns:elementType:)``
  ///   and ``TensorError/segmentsDoNotFillMatrix(rows:found:)``.
  package init(
    elementType: ElementType, rows: Int, columns: Int, parts: [UnsafeRawBufferPointer],
    owner: AnyObject?
  ) throws {
    guard elementType.code != nil else { throw TensorError.notAWeightType(elementType) }
    guard let rowBytes = elementType.byteCount(elements: columns), rowBytes > 0 else {
      throw TensorError.rowDoesNotFillBlocks(columns: columns, elementType: elementType)
    }
    var segments: [Segment] = []
    var found = 0
    for part in parts {
      guard let bytes = part.baseAddress, part.count.isMultiple(of: rowBytes) else {
        throw TensorError.segmentsDoNotFillMatrix(rows: rows, found: found)
      }
      let count = part.count / rowBytes
      segments.append(Segment(rows: found..<found + count, bytes: bytes))
      found += count
    }
    guard found == rows else {
      throw TensorError.segmentsDoNotFillMatrix(rows: rows, found: found)
    }
    self.elementType = elementType
    self.rows = rows
    self.columns = columns
    self.segments = segments
    self.owner = owner
  }

  /// A view of a buffer of `rows×columns` binary32 numbers.
  package init(rows: Int, columns: Int, buffer: FloatBuffer) {
    precondition(buffer.count == rows * columns, "a view needs rows·columns elements")
    elementType = .float32
    self.rows = rows
    self.columns = columns
    segments = [Segment(rows: 0..<rows, bytes: UnsafeRawPointer(buffer.pointer))]
    owner = buffer
  }

  /// A view of a copy of a matrix.
  package init(_ matrix: Matrix) {
    self.init(
      rows: matrix.rows, columns: matrix.columns, buffer: FloatBuffer(copying: matrix.elements))
  }

  /// Bytes between rows.
  var rowBytes: Int {
    columns / elementType.elementsPerBlock * elementType.bytesPerBlock
  }
}

/// Where a model's weights come from: a store at some revision, a file, or edited copies over
/// either.
package protocol WeightProvider: Sendable {
  /// The weight of that name; a vector has one row.
  ///
  /// - Throws: the provider's own error when there is no such weight or it cannot be read.
  func weight(named name: String) throws -> WeightView
}

/// Aligned memory for binary32 numbers.
///
/// Sendable because whoever writes it holds the only reference.
package final class FloatBuffer: @unchecked Sendable {
  package let count: Int
  package let pointer: UnsafeMutablePointer<Float>

  /// Uninitialised memory; every element must be written before it is read.
  package init(uninitialized count: Int) {
    self.count = count
    // The alignment of a cache line, which is also that of the widest vector.
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, count) * MemoryLayout<Float>.stride, alignment: 64)
    pointer = raw.bindMemory(to: Float.self, capacity: max(1, count))
  }

  package convenience init(copying elements: [Float]) {
    self.init(uninitialized: elements.count)
    for (index, element) in elements.enumerated() { pointer[index] = element }
  }

  deinit {
    UnsafeMutableRawPointer(pointer).deallocate()
  }

  package var elements: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: pointer, count: count)
  }

  package var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(elements)
  }
}

extension ElementType {
  /// The kernels' name for this type, or `nil` where they cannot widen it.
  var code: ck_type? {
    switch self {
    case .float32: CK_F32
    case .float16: CK_F16
    case .bfloat16: CK_BF16
    case .eightBitBlocks: CK_Q8_0
    case .fourBitBlocks: CK_Q4_0
    case .fourBitBlocksWithMinimum: CK_Q4_1
    default: nil
    }
  }
}
