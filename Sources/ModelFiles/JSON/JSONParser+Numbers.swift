extension JSONParser {
  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
  mutating func parseNumber() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    if peek == UInt8(ascii: "-") { position += 1 }
    let isZero = peek == UInt8(ascii: "0")
    let digits = try skipDigits()
    guard !isZero || digits == 1 else {
      throw JSONSyntaxError(fault: .invalidNumber, offset: start)
    }
    var isInteger = true
    if peek == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      _ = try skipDigits()
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      isInteger = false
      position += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
      _ = try skipDigits()
    }

    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, text != "-0" {
      if let value = Int64(text) { return .integer(value) }
      if let value = UInt64(text) { return .unsignedInteger(value) }
    }
    guard let value = Double(text), value.isFinite else {
      throw JSONSyntaxError(fault: .numberOutOfRange, offset: start)
    }
    return .number(value)
  }

  /// Steps over one digit or more and gives their number.
  private mutating func skipDigits() throws(JSONSyntaxError) -> Int {
    let start = position
    while let next = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { position += 1 }
    guard position > start else {
      throw peek == nil ? failure(.unexpectedEnd) : failure(.invalidNumber)
    }
    return position - start
  }
}
