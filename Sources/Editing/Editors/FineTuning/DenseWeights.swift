import ModelStore
import Tensors

/// Copies of some matrices that training moves freely, over the weights that they come from. Only
/// inside an editor: what is stored and applied in the end is a factored, quantised change.
struct DenseWeights: WeightProvider {
  private let base: EditedWeights
  private var buffers: [String: FloatBuffer] = [:]

  init(copying names: [String], of base: EditedWeights, compute: Compute) throws {
    self.base = base
    for name in names { buffers[name] = compute.widenedBuffer(try base.weight(named: name)) }
  }

  func weight(named name: String) throws -> WeightView {
    let original = try base.weight(named: name)
    guard let buffer = buffers[name] else { return original }
    return WeightView(rows: original.rows, columns: original.columns, buffer: buffer)
  }

  /// The numbers of a copied matrix, to be changed while no view of them is in use.
  func numbers(of name: String) -> UnsafeMutableBufferPointer<Float>? {
    buffers[name].map { UnsafeMutableBufferPointer(start: $0.pointer, count: $0.count) }
  }

  /// What a copied matrix has changed by, each element rounded once.
  func change(of name: String, compute: Compute) throws -> Matrix {
    let view = try base.weight(named: name)
    var change = compute.widened(view)
    guard let buffer = buffers[name] else { return Matrix(rows: view.rows, columns: view.columns) }
    for index in change.elements.indices {
      change.elements[index] = buffer.pointer[index] - change.elements[index]
    }
    return change
  }

  /// Moves every number of a copied matrix into `radius` around what it was.
  func clamp(_ name: String, within radius: Float, compute: Compute) throws {
    guard let buffer = buffers[name] else { return }
    let original = compute.widened(try base.weight(named: name))
    for index in original.elements.indices {
      let centre = original.elements[index]
      buffer.pointer[index] = max(centre - radius, min(centre + radius, buffer.pointer[index]))
    }
  }
}

extension EditedWeights {
  /// The largest change of an element in every row of a matrix, from other weights.
  func largestChanges(
    of name: String, from other: EditedWeights, compute: Compute
  ) throws -> [Float] {
    let (new, old) = (
      compute.widened(try weight(named: name)), compute.widened(try other.weight(named: name))
    )
    return (0..<new.rows).map { row in
      zip(new.row(row), old.row(row)).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
  }
}
