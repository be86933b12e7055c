package import ObjectModel

/// The edited matrices of a model under the first entries of a chain, kept so that they need not be
/// derived again. Derived, and so not an object: whatever drops it loses nothing.
package struct StateSnapshot: CanonicalObject {
  package static let typeName = "state-snapshot"
  /// 1 TiB.
  static let maximumMatrixBytes = 1 << 40

  /// A matrix as the entries leave it.
  package struct Matrix: Hashable, Sendable {
    package let tensor: String
    /// Of its binary32 little-endian bytes, row after row.
    package let byteCount: Int
    /// The XXH3-128 of those bytes, as commits record it.
    package let digest: StateDigest

    package init(tensor: String, byteCount: Int, digest: StateDigest) {
      self.tensor = tensor
      self.byteCount = byteCount
      self.digest = digest
    }
  }

  package let model: ModelID
  /// The chain's entries with lower numbers are in it.
  package let nextSequence: Int
  /// What names those entries: the root that the chain's tree has with them alone.
  package let root: ChainNodeID
  /// Every matrix that some of the entries change, by name.
  package let matrices: [Matrix]

  package init(model: ModelID, nextSequence: Int, root: ChainNodeID, matrices: [Matrix]) {
    self.model = model
    self.nextSequence = nextSequence
    self.root = root
    self.matrices = matrices.sorted { precedesInUTF8($0.tensor, $1.tensor) }
  }

  package var byteCount: Int { matrices.reduce(0) { $0 + $1.byteCount } }

  package func write(to writer: inout CanonicalWriter) {
    writer.field("model", .identifier(model))
    writer.field("next", .integer(nextSequence))
    writer.field("root", .identifier(root))
    for matrix in matrices {
      writer.field(
        "matrix", .text(matrix.tensor), .integer(matrix.byteCount), .identifier(matrix.digest))
    }
  }

  package init(from reader: inout CanonicalReader) throws {
    model = try reader.field("model") { try $0.identifier() }
    nextSequence = try reader.field("next") { try $0.count() }
    root = try reader.field("root") { try $0.identifier() }
    matrices = try reader.fields("matrix") {
      Matrix(tensor: try $0.text(), byteCount: try $0.count(), digest: try $0.identifier())
    }
  }

  package func validate() throws {
    guard nextSequence > 0, !matrices.isEmpty else { throw invalid("nothing in it") }
    guard matrices.allSatisfy({ (1...Self.maximumMatrixBytes).contains($0.byteCount) }) else {
      throw invalid("a matrix of an impossible size")
    }
    for (matrix, next) in zip(matrices, matrices.dropFirst())
    where !precedesInUTF8(matrix.tensor, next.tensor) {
      throw invalid("matrices are not sorted by their names")
    }
  }
}

extension StateSnapshot {
  /// What is kept of it: a digest of key and text, and the text. The key says which state it is, and the
  /// text which matrix is whose, so that a flipped bit of either must not go unnoticed.
  func record(under key: [UInt8]) throws -> [UInt8] {
    SealedRecord.seal(try encoded().text, under: key)
  }

  /// - Throws: ``ObjectStoreError/malformed(_:reason:)``.
  init(record: UnsafeRawBufferPointer, under key: [UInt8]) throws {
    let item = StateSnapshotKey.item(of: key)
    guard let text = SealedRecord.open(record, under: key) else {
      throw ObjectStoreError.malformed(item, reason: "not what was written")
    }
    do {
      self = try Self.decode(text)
    } catch let error as ObjectModelError {
      throw ObjectStoreError.malformed(item, reason: error.reason)
    }
    guard StateSnapshotKey.description(of: self) == key else {
      throw ObjectStoreError.malformed(item, reason: "a snapshot under a key of another")
    }
  }
}

/// Keys of states in the database `snapshots`. First 00 for what a snapshot says of itself, 01 for the bytes of its
/// matrices; then the model's id (32 bytes), the next number (8 bytes, big-endian) and the root's id (32
/// bytes); of a matrix's bytes then its number in the snapshot and that of the part (4 bytes each,
/// big-endian). So a model's snapshots lie in the order of their lengths.
enum StateSnapshotKey {
  /// Bytes of a matrix under one key, but for the last; LMDB's space is cut up by values that are larger.
  static let partBytes = 4 << 20

  private static let description: UInt8 = 0
  private static let bytes: UInt8 = 1
  static let descriptionLength = 1 + 32 + 8 + 32

  /// Before all descriptions.
  static let firstDescription = [description]

  static func isDescription(_ key: some Collection<UInt8>) -> Bool { key.first == description }

  static func isPart(_ key: some Collection<UInt8>) -> Bool { key.first == bytes }

  /// Of what the snapshot says of itself.
  static func description(of snapshot: StateSnapshot) -> [UInt8] {
    descriptions(of: snapshot.model, below: snapshot.nextSequence) + snapshot.root.bytes
  }

  /// Above those of the model's snapshots with a lower next number, below all others of it.
  static func descriptions(of model: ModelID, below next: Int) -> [UInt8] {
    descriptions(of: model) + bigEndian(UInt64(clamping: next))
  }

  /// What those of a model's snapshots begin with.
  static func descriptions(of model: ModelID) -> [UInt8] { [description] + model.bytes }

  /// What a snapshot with this key is called where it is at fault.
  static func item(of description: [UInt8]) -> StoredItem {
    guard description.count == descriptionLength, let model = ModelID(bytes: description[1..<33])
    else { return .property(name: Database.snapshots.rawValue) }
    let next = description[33..<41].reduce(0) { $0 << 8 | UInt64($1) }
    return .stateSnapshot(model: model, next: Int(clamping: next))
  }

  /// Of all parts of a snapshot's matrices.
  static func parts(of description: [UInt8]) -> [UInt8] { [bytes] + description.dropFirst() }

  static func part(_ part: Int, ofMatrix matrix: Int, in description: [UInt8]) -> [UInt8] {
    parts(of: description) + bigEndian(UInt32(clamping: matrix))
      + bigEndian(UInt32(clamping: part))
  }

  /// The lengths of a matrix's parts.
  static func partLengths(_ byteCount: Int) -> [Int] {
    stride(from: 0, to: byteCount, by: partBytes).map { min(partBytes, byteCount - $0) }
  }

  private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }
}
