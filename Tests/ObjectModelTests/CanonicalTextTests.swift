import ObjectModel
import Testing

@Suite struct CanonicalTextTests {
  /// Every single-byte change of every sample: refused, or another object with exactly that text.
  @Test func anyChangedByteIsRefusedOrMeansAnotherObject() throws {
    try changeEveryByte(of: Sample.model())
    try changeEveryByte(of: Sample.linkedModel())
    try changeEveryByte(of: Sample.delta())
    try changeEveryByte(of: Sample.chain())
    try changeEveryByte(of: Sample.leaf())
    try changeEveryByte(of: Sample.inner())
    try changeEveryByte(of: Sample.commit())
    try changeEveryByte(of: Sample.rootCommit())
    try changeEveryByte(of: Sample.tag())
    try changeEveryByte(of: Sample.attachment())
    try changeEveryByte(of: Sample.signedCommit())
    try changeEveryByte(of: Sample.signedTag())
  }

  private func changeEveryByte<Object: CanonicalObject>(of object: Object) throws {
    let text = try object.encoded().text
    let replacements: [UInt8] = Array(" \n\"\\0a7-.".utf8) + [0, 0x7f, 0x80, 0xff]
    var refused = 0
    for index in text.indices {
      var changed = text
      for byte in replacements + [text[index] ^ 1, text[index] ^ 0x20] where byte != text[index] {
        changed[index] = byte
        refused += try check(changed, isNot: object)
      }
      changed = text
      changed.remove(at: index)
      if changed != text { refused += try check(changed, isNot: object) }
      changed = text
      changed.insert(UInt8(ascii: " "), at: index)
      refused += try check(changed, isNot: object)
      refused += try check(Array(text[..<index]), isNot: object)
    }
    #expect(refused > text.count)
  }

  /// 1 where `text` is refused; else checks that it is the text of an object other than `object`.
  private func check<Object: CanonicalObject>(
    _ text: [UInt8], isNot object: Object
  ) throws -> Int {
    guard let decoded = try? Object.decode(text) else { return 1 }
    let encoded = try decoded.encoded()
    if encoded.text != text || decoded == object {
      Issue.record("accepted: \(String(decoding: text, as: UTF8.self))")
    }
    return 0
  }

  @Test func everyStringReadsBack() throws {
    var generator = SystemRandomNumberGenerator()
    for length in 0..<200 {
      let message = String(
        String.UnicodeScalarView(
          (0..<length).compactMap { _ in
            Unicode.Scalar(
              UInt32.random(in: 0..<(Bool.random() ? 0x80 : 0x11_0000), using: &generator))
          }))
      let tag = Tag(
        target: try Sample.digest(1), name: "n", message: message, time: 0, author: message)
      let read = try Tag.decode(tag.encoded().text)
      #expect(Array(read.message.utf8) == Array(message.utf8))
      #expect(Array(read.author.utf8) == Array(message.utf8))
    }
  }

  @Test func everyNumberReadsBackToTheBit() throws {
    var generator = SystemRandomNumberGenerator()
    var values = [
      0, -0.0, 1, 0.1, 1e-5, 1e16, 1e300, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
      .infinity, -.infinity, .pi,
    ]
    for _ in 0..<2000 {
      let value = Double(bitPattern: generator.next())
      if !value.isNaN { values.append(value) }
    }
    var commit = try Sample.rootCommit()
    commit.metrics = values.enumerated().map { .init(name: "\($0.offset)", value: $0.element) }
    let read = try Commit.decode(commit.encoded().text)
    #expect(read.metrics.map(\.value.bitPattern) == values.map(\.bitPattern))
  }

  /// The rule of the format, at its edges; Python's `repr` gives the same digits.
  @Test(arguments: [
    (0.05, "0.05"), (1, "1.0"), (-2.5, "-2.5"), (100_000, "100000.0"), (1e-4, "0.0001"),
    (9.999999999999999e-5, "9.999999999999999e-05"), (1e-7, "1e-07"), (-0.0, "-0.0"),
    (9_007_199_254_740_992, "9007199254740992.0"),
    (9_007_199_254_740_994, "9.007199254740994e+15"), (1e16, "1e+16"), (1e100, "1e+100"),
    (0.1 + 0.2, "0.30000000000000004"), (-Double.infinity, "-inf"),
  ])
  func numbersHaveTheirShortestSpelling(_ number: Double, _ spelling: String) throws {
    var commit = try Sample.rootCommit()
    commit.metrics = [.init(name: "x", value: number)]
    let text = String(decoding: try commit.encoded().text, as: UTF8.self)
    #expect(text.hasSuffix("\nmetric \"x\" \(spelling)\n"))
  }

  @Test func everyNaNHasOneText() throws {
    var commit = try Sample.rootCommit()
    commit.metrics = [.init(name: "x", value: Double(nan: 7, signaling: false))]
    let first = try commit.encoded()
    commit.metrics = [.init(name: "x", value: -.nan)]
    #expect(try commit.encoded().text == first.text)
    #expect(try Commit.decode(first.text).metrics.first?.value.isNaN == true)
  }

  @Test func errorsNameTheLine() throws {
    let text = "rledit tag\ntarget \(String(repeating: "61", count: 32))\nname v1\n"
    #expect {
      try Tag.decode(Array(text.utf8))
    } throws: { error in
      error as? ObjectModelError
        == .malformed(type: "tag", line: 3, reason: "not a quoted string")
    }
    #expect {
      try Tag.decode(Sample.attachment().encoded().text)
    } throws: { error in
      error as? ObjectModelError
        == .malformed(type: "tag", line: 1, reason: "of type attachment, not tag")
    }
  }

  @Test func textsBeyondTheLimitAreRefused() throws {
    let tag = Tag(
      target: try Sample.digest(1), name: "n",
      message: String(repeating: "x", count: CanonicalLimits.objectBytes), time: 0, author: "")
    #expect {
      try tag.encoded()
    } throws: { error in
      guard case .tooLarge("tag", let count)? = error as? ObjectModelError else { return false }
      return count > CanonicalLimits.objectBytes
    }
    #expect(throws: ObjectModelError.self) {
      try Tag.decode([UInt8](repeating: 0x20, count: CanonicalLimits.objectBytes + 1))
    }
  }

  @Test(arguments: ["", "rledit", "rledit \n", "rledit a b\n", "git tag\n", "rledit tag"])
  func textsOfNoTypeAreToldApart(_ text: String) {
    #expect(Array(text.utf8).withUnsafeBytes { canonicalTypeName(of: $0) } == nil)
  }
}
