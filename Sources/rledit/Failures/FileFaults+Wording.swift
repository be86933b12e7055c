import ModelFiles

extension JSONFault {
  /// What is wrong, in words.
  var wording: String {
    switch self {
    case .unexpectedEnd: "the text ends inside a value"
    case .unexpectedByte(let byte):
      "unexpected " + Wording.quoted(String(UnicodeScalar(byte)))
    case .invalidNumber: "not a number as JSON spells them"
    case .numberOutOfRange: "a number that is too large"
    case .controlCharacterInString: "a raw control character in a string"
    case .invalidEscape: "an escape that JSON does not have"
    case .loneSurrogate: "half of a surrogate pair"
    case .invalidUTF8: "not UTF-8"
    case .duplicateKey(let key): "the name \(Wording.quoted(key)) comes twice"
    case .tooDeep(let limit): "nested more than \(limit) deep"
    case .tooLong(let limit): "more than \(Quantity.bytes(limit)) of text"
    case .trailingBytes: "something follows the value"
    }
  }
}

extension SafetensorsFault {
  /// What is wrong, in words.
  var wording: String {
    switch self {
    case .noHeaderLength: "fewer than eight bytes"
    case .headerTooLong(let length): "a header of \(length) bytes, above the format's limit"
    case .headerBeyondFile(let length): "a header of \(length) bytes in a shorter file"
    case .headerNotObject: "the header does not begin with {"
    case .headerNotJSON(let fault, let offset): "the header, at byte \(offset): \(fault.wording)"
    case .metadataNotText(let key):
      "metadata " + (key.map { "\(Wording.quoted($0)) " } ?? "") + "is no text"
    case .entryNotObject(let tensor): "\(Wording.quoted(tensor)) is no object"
    case .noElementType(let tensor): "\(Wording.quoted(tensor)) has no dtype"
    case .unknownElementType(let tensor, let type):
      "\(Wording.quoted(tensor)) has the unknown dtype \(Wording.quoted(type))"
    case .invalidShape(let tensor): "\(Wording.quoted(tensor)) has no valid shape"
    case .invalidOffsets(let tensor): "\(Wording.quoted(tensor)) has no valid data_offsets"
    case .sizeOverflow(let tensor): "\(Wording.quoted(tensor)) is impossibly large"
    case .sizeMismatch(let tensor, let offsets, let shape):
      "\(Wording.quoted(tensor)) spans \(offsets) bytes and its shape takes \(shape)"
    case .notContiguous(let tensor, let begin, let expected):
      "\(Wording.quoted(tensor)) begins at \(begin) and not at \(expected)"
    case .dataLength(let expected, let found):
      "the tensors take \(expected) bytes and the file holds \(found)"
    }
  }
}

extension ShardIndexFault {
  /// What is wrong, in words.
  var wording: String {
    switch self {
    case .noWeightMap: "no weight_map"
    case .shardNotText(let tensor): "the shard of \(Wording.quoted(tensor)) is no text"
    case .unsafeShardName(let name): "\(Wording.quoted(name)) is no file of the same directory"
    case .missingShard(let name): "shard \(Wording.quoted(name)) is not there"
    case .tensorNotInShard(let tensor, let shard):
      "shard \(Wording.quoted(shard)) does not hold \(Wording.quoted(tensor))"
    }
  }
}

extension GGUFFault {
  /// What is wrong, in words.
  var wording: String {
    switch self {
    case .noMagic: "it does not begin with GGUF"
    case .unsupportedVersion(let version): "version \(version); 2 and 3 can be read"
    case .unexpectedEnd(let part): "the file ends inside \(part)"
    case .countTooLarge(let what, let count):
      "\(what) announces \(count) entries, more than the file holds"
    case .unknownValueType(let key, let type):
      "\(Wording.quoted(key)) has the unknown value type \(type)"
    case .tooDeep(let key, let limit): "\(Wording.quoted(key)) is nested more than \(limit) deep"
    case .invalidUTF8(let place): "\(place) is not UTF-8"
    case .invalidBool(let key): "\(Wording.quoted(key)) is neither true nor false"
    case .duplicateKey(let key): "key \(Wording.quoted(key)) comes twice"
    case .duplicateTensor(let name): "tensor \(Wording.quoted(name)) comes twice"
    case .invalidAlignment: "general.alignment is no positive multiple of 8"
    case .invalidDimensionCount(let tensor, let count):
      "\(Wording.quoted(tensor)) has \(count) dimensions"
    case .unknownTensorType(let tensor, let type):
      "\(Wording.quoted(tensor)) has the unknown type \(type)"
    case .sizeOverflow(let tensor): "\(Wording.quoted(tensor)) is impossibly large"
    case .partialBlock(let tensor, let rowLength):
      "rows of \(rowLength) in \(Wording.quoted(tensor)) do not fill blocks of its type"
    case .misaligned(let tensor, _): "\(Wording.quoted(tensor)) is not aligned"
    case .tensorBeyondFile(let tensor): "\(Wording.quoted(tensor)) reaches past the file's end"
    case .overlap(let first, let second):
      "\(Wording.quoted(first)) and \(Wording.quoted(second)) share bytes"
    }
  }
}
