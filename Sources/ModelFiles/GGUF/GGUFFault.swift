/// How a file breaks the GGUF format.
package enum GGUFFault: Equatable, Sendable {
  /// The file does not begin with `GGUF`.
  case noMagic
  /// A version other than 2 and 3. Version 1 had 32-bit counts; one with the bytes swapped is a
  /// big-endian file.
  case unsupportedVersion(UInt32)
  /// The file ends inside the named part.
  case unexpectedEnd(reading: String)
  /// A count so large that its items could not fit in the rest of the file.
  case countTooLarge(of: String, count: UInt64)
  /// A metadata value's type is none of the format's.
  case unknownValueType(key: String, type: UInt32)
  /// Arrays nested in arrays more than `limit` deep.
  case tooDeep(key: String, limit: Int)
  /// A string that is no UTF-8.
  case invalidUTF8(in: String)
  /// A truth value that is neither 0 nor 1.
  case invalidBool(key: String)
  /// One metadata key twice.
  case duplicateKey(String)
  /// One tensor name twice.
  case duplicateTensor(String)
  /// `general.alignment` is not a positive multiple of 8.
  case invalidAlignment
  /// No dimension or more than four.
  case invalidDimensionCount(tensor: String, count: UInt32)
  /// A type number that no GGML version has.
  case unknownTensorType(tensor: String, type: UInt32)
  /// The number of elements or bytes exceeds 2⁶³−1.
  case sizeOverflow(tensor: String)
  /// A row does not fill whole blocks of the tensor's type.
  case partialBlock(tensor: String, rowLength: Int)
  /// The tensor's bytes do not begin at a multiple of the alignment.
  case misaligned(tensor: String, offset: UInt64)
  /// The tensor's bytes reach past the end of the file.
  case tensorBeyondFile(tensor: String)
  /// Two tensors share bytes.
  case overlap(first: String, second: String)
}
