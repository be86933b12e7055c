import Foundation
import Ledger
import ModelFiles
import ModelStore
import ObjectModel
import ObjectStore
import Tensors
import TestSupport
import Testing

/// A store in a directory of its own, with a ledger over it.
final class StoreFixture {
  let directory: TemporaryDirectory
  let store: ObjectStore
  let compute: Compute
  let materializer: Materializer
  let ledger: Ledger
  private var clock = 1_700_000_000

  init(threads: Int = 2, instructionSet: InstructionSet = .fastest) throws {
    directory = try TemporaryDirectory()
    store = try ObjectStore.create(at: directory.path("store"))
    compute = try Compute(instructionSet: instructionSet, threads: threads)
    materializer = Materializer(store: store, compute: compute)
    ledger = Ledger(store: store, stateDeriver: materializer)
    try ledger.begin()
  }

  @discardableResult
  func importModel(
    _ path: String, linking: Bool = false
  ) throws -> StoredModel {
    let result = try ModelImporter(store: store).importModel(at: path, linking: linking)
    return try materializer.model(result.id)
  }

  /// The tiny Llama of the golden data.
  func importLlama() throws -> StoredModel {
    try importModel(Golden.path("archs/llama"))
  }

  /// A moment later than the last one.
  func context() -> OperationContext {
    clock += 1
    return OperationContext(command: "test", author: "Ada", time: clock)
  }

  func commit(_ deltas: [DeltaID]) throws -> CommitID {
    try ledger.commit(
      CommitDraft(deltas: deltas, operation: .edit, message: "edit"), context())
  }

  func floats(_ weights: some WeightProvider, _ name: String) throws -> [Float] {
    compute.widened(try weights.weight(named: name)).elements
  }

  func expectSound() throws {
    let report = try store.check(full: true)
    #expect(report.faults.isEmpty)
  }
}

extension StoreFixture {
  /// A change by factors, which it stores.
  func lowRank(_ update: LowRankUpdate) throws -> Delta.TensorChange {
    let blobs = try store.writeBlobs([BlobSource(update.u.bytes), BlobSource(update.v.bytes)])
    return .init(
      tensor: update.tensor,
      form: .lowRank(
        .init(
          elementType: update.u.elementType, rank: update.rank, out: update.u.rows,
          in: update.v.columns, u: blobs[0], v: blobs[1])))
  }

  /// A change that adds numbers, given by their elements.
  func sparse(
    _ tensor: String, _ numbers: [Int: Float], as type: ElementType = .float32,
    in model: StoredModel
  ) throws -> Delta.TensorChange {
    let sorted = numbers.sorted { $0.key < $1.key }
    let blobs = try store.writeBlobs([
      BlobSource(indexBytes(sorted.map(\.key))),
      BlobSource(try bytes(of: sorted.map(\.value), as: type)),
    ])
    return .init(
      tensor: tensor,
      form: .sparse(
        .init(
          elementType: type, shape: try model.tensor(named: tensor).shape,
          count: numbers.count, indices: blobs[0], values: blobs[1])))
  }

  /// Indices of elements as a sparse change keeps them.
  func indexBytes(_ indices: [Int]) -> [UInt8] {
    indices.flatMap { index in
      withUnsafeBytes(of: UInt32(index).littleEndian) { Array($0) }
    }
  }

  /// A change of the whole tensor.
  func replacement(
    _ tensor: String, _ numbers: [Float], as type: ElementType = .float32, in model: StoredModel
  ) throws -> Delta.TensorChange {
    let blob = try store.writeBlob(BlobSource(bytes(of: numbers, as: type)))
    return .init(
      tensor: tensor,
      form: .replacement(
        .init(
          elementType: type, shape: try model.tensor(named: tensor).shape, data: blob)))
  }

  private func bytes(of numbers: [Float], as type: ElementType) throws -> [UInt8] {
    try numbers.withUnsafeBufferPointer { try Narrowing.bytes(of: $0, as: type) }
  }
}

extension DeltaChange {
  /// The factors; `nil` for a change of another form.
  var lowRank: LowRankUpdate? {
    if case .lowRank(let update) = self { update } else { nil }
  }
}

extension Materializer {
  /// The digest of every matrix that the deltas, applied in order to the base, change: what no chain and no
  /// snapshot has a part in.
  func digests(model: ModelID, activeDeltas: [DeltaID]) throws -> [String: StateDigest] {
    let weights = try weights(model: model, activeDeltas: activeDeltas)
    return try Dictionary(
      uniqueKeysWithValues: weights.editedNames.map { name in
        let buffer = try #require(weights.editedBuffer(named: name))
        return (name, StateDigest(contentDigest(of: buffer.bytes)))
      })
  }
}

/// The matrices of the golden Llama that tests edit.
enum LlamaMatrix {
  static let gate = "model.layers.2.mlp.gate_proj.weight"
  static let down = "model.layers.1.mlp.down_proj.weight"
  static let query = "model.layers.0.self_attn.q_proj.weight"
  static let all = [gate, down, query]
}

/// Random low-rank changes, repeatable.
struct UpdateMaker {
  var generator: SeededGenerator

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
  }

  mutating func update(
    of tensor: String, in model: StoredModel, rank: Int, as type: ElementType = .float32,
    deviation: Float = 0.05
  ) throws -> LowRankUpdate {
    let shape = try model.shape(ofMatrix: tensor)
    return try LowRankUpdate(
      tensor: tensor,
      u: StoredFactor(quantizing: matrix(shape[0], rank, deviation), as: type),
      v: StoredFactor(quantizing: matrix(rank, shape[1], deviation), as: type))
  }

  /// Normal numbers among which are zeros of both signs and subnormal ones.
  private mutating func matrix(_ rows: Int, _ columns: Int, _ deviation: Float) -> Matrix {
    let special: [Float] = [0, -0.0, .leastNonzeroMagnitude, -.leastNormalMagnitude / 3, 1e-20]
    let elements = (0..<rows * columns).map { index in
      index % 11 == 5
        ? special[index / 11 % special.count] : generator.normal(deviation: deviation)
    }
    return Matrix(rows: rows, columns: columns, elements: elements)
  }
}

/// The delta arithmetic in one scalar loop over the numbers of the stored bytes: nothing in it is
/// shared with the kernels.
func applyByScalarLoop(_ update: LowRankUpdate, to weights: inout [Float]) {
  let (u, v) = (scalars(update.u), scalars(update.v))
  let (rank, columns) = (update.rank, update.v.columns)
  for row in 0..<update.u.rows {
    for column in 0..<columns {
      var sum = weights[row * columns + column]
      for index in 0..<rank {
        sum = sum.addingProduct(u[row * rank + index], v[index * columns + column])
      }
      weights[row * columns + column] = sum
    }
  }
}

/// The numbers of a factor, decoded by hand.
func scalars(_ factor: StoredFactor) -> [Float] {
  let width = factor.elementType.bytesPerBlock
  return stride(from: 0, to: factor.bytes.count, by: width).map { place in
    let bits = factor.bytes[place..<place + width].reversed().reduce(UInt32(0)) {
      $0 << 8 | UInt32($1)
    }
    switch factor.elementType {
    case .float32: return Float(bitPattern: bits)
    case .bfloat16: return Float(bitPattern: bits << 16)
    default: return Float(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
    }
  }
}

/// Numbers equal to the bit, so that −0 is not 0.
func sameBits(_ left: [Float], _ right: [Float]) -> Bool {
  left.map(\.bitPattern) == right.map(\.bitPattern)
}

/// The XXH3-128 of numbers as little-endian bytes.
func digest(_ numbers: [Float]) -> StateDigest {
  let bytes = numbers.flatMap { number in
    withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
  }
  return StateDigest(bytes.withUnsafeBytes { contentDigest(of: $0) })
}

/// Writes a safetensors file of given bytes.
func writeSafetensors(
  _ path: String, _ tensors: [(name: String, type: ElementType, shape: [Int], bytes: [UInt8])]
) throws {
  let writer = try SafetensorsWriter(
    path: path, tensors: tensors.map { .init(name: $0.name, elementType: $0.type, shape: $0.shape) }
  )
  for stored in writer.layout {
    let tensor = try #require(tensors.first { $0.name == stored.name })
    try tensor.bytes.withUnsafeBytes { try writer.append($0, to: stored.name) }
  }
  try writer.finish()
}

/// `count` zeros of a type.
func zeros(_ count: Int, _ type: ElementType) -> [UInt8] {
  Array(repeating: 0, count: count * type.bytesPerBlock)
}
