/// Why a text is not strict JSON (RFC 8259, without the liberties it grants to readers).
package enum JSONFault: Equatable, Sendable {
  /// The text ends inside a value.
  case unexpectedEnd
  /// A byte that cannot stand where it stands.
  case unexpectedByte(UInt8)
  /// A number with a leading zero, a bare point or an empty exponent.
  case invalidNumber
  /// A number whose magnitude exceeds binary64.
  case numberOutOfRange
  /// A raw control character inside a string; it has to be escaped.
  case controlCharacterInString(UInt8)
  /// A backslash followed by anything but the escapes of the format.
  case invalidEscape
  /// An escaped half of a surrogate pair without its other half.
  case loneSurrogate
  /// Bytes that are no UTF-8.
  case invalidUTF8
  /// One name twice in an object; which value is meant would depend on the reader.
  case duplicateKey(String)
  /// Arrays and objects nested more than `limit` deep.
  case tooDeep(limit: Int)
  /// A text of more than `limit` bytes.
  case tooLong(limit: Int)
  /// Something other than white space after the value.
  case trailingBytes
}
