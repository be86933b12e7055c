import ObjectModel
import ObjectStore
import Tensors

/// An edited matrix: the base, or the matrix of a snapshot, with some deltas applied in order.
struct DerivedTensor {
  /// The deltas that changed the tensor, in the order in which they were applied, since the snapshot that
  /// it goes on from where it does.
  private(set) var deltas: [DeltaID] = []
  /// `out×in`; `nil` where it is the base's.
  private(set) var buffer: FloatBuffer?
  private var knownDigest: StateDigest?

  /// A matrix as the base has it.
  init() {}

  /// A matrix that goes on from a snapshot.
  init(buffer: FloatBuffer, digest: StateDigest) {
    self.buffer = buffer
    knownDigest = digest
  }

  /// The same matrix with what made it forgotten, as after a snapshot.
  mutating func forgetDeltas() { deltas = [] }

  /// Applies further deltas in order; see ``StoredChange/apply(to:named:shape:compute:)``.
  ///
  /// The matrix is changed in place where nobody else has it. Where this throws, the value is of no
  /// further use.
  ///
  /// - Throws: ``ModelStoreError/deltaDoesNotFit(tensor:expected:found:)``,
  ///   ``ModelStoreError/weightNotFinite(tensor:)``,
  ///   ``ModelStoreError/notAWeightMatrix(tensor:shape:)``; what `reader` and the model throw.
  /// - Complexity: O(out · in · sum of ranks).
  mutating func apply(
    _ further: some Collection<DeltaID>, to name: String, from reader: inout DeltaReader,
    of model: StoredModel, compute: Compute
  ) throws {
    guard !further.isEmpty else { return }
    let shape = try model.shape(ofWeight: name)
    let matrix = try uniqueBuffer(name, shape, of: model, compute: compute)
    for id in further {
      try reader.withChange(of: name, in: id) {
        try $0.apply(to: matrix, named: name, shape: shape, compute: compute)
      }
      deltas.append(id)
    }
    // What is not finite stays so, whatever is added: one look at the end finds it.
    guard matrix.isFinite(compute) else { throw ModelStoreError.weightNotFinite(tensor: name) }
    buffer = matrix
    knownDigest = nil
  }

  /// The XXH3-128 of the matrix's binary32 little-endian bytes, row after row.
  mutating func digest() -> StateDigest? {
    if let knownDigest { return knownDigest }
    // Every machine that the kernels run on is little-endian.
    knownDigest = buffer.map { StateDigest(contentDigest(of: $0.bytes)) }
    return knownDigest
  }

  /// The matrix to go on from, in memory that nobody else sees; this value no longer has it.
  private mutating func uniqueBuffer(
    _ name: String, _ shape: [Int], of model: StoredModel, compute: Compute
  ) throws -> FloatBuffer {
    guard var current = buffer.take() else {
      return compute.widenedBuffer(try model.weight(named: name))
    }
    if isKnownUniquelyReferenced(&current) { return current }
    let matrix = MatrixShape(shape)
    return compute.widenedBuffer(
      WeightView(rows: matrix.rows, columns: matrix.columns, buffer: current))
  }
}
