extension InputFile {
  /// The whole of a file or pipe as text.
  ///
  /// - Throws: ``CommandError/notText(path:)``, `ModelFileError.inputOutput`.
  static func text(at path: String) throws -> String {
    let file = try InputFile(path: path)
    var bytes: [UInt8] = []
    while true {
      // A file in one piece.
      let piece = try file.read(max(file.byteCount, 1 << 16))
      if piece.isEmpty { break }
      bytes += piece
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandError.notText(path: path)
    }
    return text
  }
}
