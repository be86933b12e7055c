/// How a file breaks the safetensors format.
package enum SafetensorsFault: Error, Equatable, Sendable {
  /// Fewer than the eight bytes of the header's length.
  case noHeaderLength
  /// The header's length exceeds the format's limit of 100,000,000 bytes.
  case headerTooLong(length: UInt64)
  /// The header's length reaches past the end of the file.
  case headerBeyondFile(length: UInt64)
  /// The header does not begin with `{`, as it must.
  case headerNotObject
  /// The header is not strict JSON; `offset` counts from the start of the header.
  case headerNotJSON(JSONFault, offset: Int)
  /// `__metadata__` is no object, or the named value in it is no string.
  case metadataNotText(key: String?)
  /// The tensor's entry is no object.
  case entryNotObject(tensor: String)
  /// `dtype` is absent or no string.
  case noElementType(tensor: String)
  /// `dtype` names no type of the format that is known here.
  case unknownElementType(tensor: String, type: String)
  /// `shape` is absent or not a list of whole numbers from 0 to 2⁶³−1.
  case invalidShape(tensor: String)
  /// `data_offsets` is absent or not a pair of such numbers.
  case invalidOffsets(tensor: String)
  /// The number of elements or of bytes exceeds 2⁶³−1.
  case sizeOverflow(tensor: String)
  /// The offsets span another number of bytes than shape and type take.
  case sizeMismatch(tensor: String, offsets: Int, shape: Int)
  /// The tensor does not begin where the one before it ends: a hole, an overlap or a reversed pair.
  case notContiguous(tensor: String, begin: Int, expected: Int)
  /// The tensors end elsewhere than the file: it is cut off, or has bytes that belong to none.
  case dataLength(expected: Int, found: Int)
}

/// How a shard index contradicts itself or its shards.
package enum ShardIndexFault: Equatable, Sendable {
  /// `weight_map` is absent or no object.
  case noWeightMap
  /// The tensor is mapped to something that is no string.
  case shardNotText(tensor: String)
  /// The shard's name is not that of a `.safetensors` file in the same directory.
  case unsafeShardName(String)
  /// The shard is not there.
  case missingShard(String)
  /// The named shard does not hold the tensor.
  case tensorNotInShard(tensor: String, shard: String)
}
