extension InputFile {
  private static let pieceBytes = 1 << 20

  /// The whole of a file or pipe as text.
  ///
  /// - Throws: ``CommandError/notText(path:)``, `ModelFileError.inputOutput`.
  static func text(at path: String) throws -> String {
    let file = try InputFile(path: path)
    var bytes: [UInt8] = []
    while true {
      let piece = try file.read(pieceBytes)
      if piece.isEmpty { break }
      bytes += piece
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandError.notText(path: path)
    }
    return text
  }
}
