/// A `model.safetensors.index.json`: which shard holds which tensor.
struct ShardIndex {
  let path: String
  /// Sorted by the shard's file name; the tensors of each in the order of the index.
  let shards: [(name: String, tensors: [String])]

  /// Reads the index alone; whether the shards keep its promises is for the caller to check.
  ///
  /// - Throws: `ModelFileError.inputOutput`, `.malformedJSON`, `.malformedShardIndex`.
  init(path: String) throws {
    self.path = path
    func failure(_ fault: ShardIndexFault) -> ModelFileError {
      .malformedShardIndex(path: path, fault: fault)
    }
    let root = try JSONValue.parse(contentsOf: path)
    guard let map = root.objectValue?["weight_map"]?.objectValue else {
      throw failure(.noWeightMap)
    }
    var tensors: [String: [String]] = [:]
    for member in map.members {
      guard let shard = member.value.stringValue else {
        throw failure(.shardNotText(tensor: member.name))
      }
      guard Self.isPlainFileName(shard) else { throw failure(.unsafeShardName(shard)) }
      tensors[shard, default: []].append(member.name)
    }
    shards = tensors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Whether the name stays inside the index's directory: an index from elsewhere must not make
  /// the reader open files of its choosing.
  private static func isPlainFileName(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") && !name.hasPrefix(".")
      && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
  }
}
