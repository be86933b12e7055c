import Foundation

/// The real model that tests run on: SmolLM2-135M-Instruct, as `tools/fetch-model` leaves it.
package enum RealModel {
  package static let fileName = "SmolLM2-135M-Instruct.Q4_1.gguf"

  /// Where the file is looked for: `$RLEDIT_MODEL_DIR`, else `.cache` of this repository.
  package static var directory: String {
    if let chosen = ProcessInfo.processInfo.environment["RLEDIT_MODEL_DIR"], !chosen.isEmpty {
      return chosen
    }
    return URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent(".cache").path
  }

  /// The path of the GGUF file.
  ///
  /// A test without its model fails; it never passes unrun.
  ///
  /// - Throws: ``Missing`` when no file is there.
  package static var path: String {
    get throws {
      let path = "\(directory)/\(fileName)"
      guard FileManager.default.isReadableFile(atPath: path) else { throw Missing(path: path) }
      return path
    }
  }

  /// There is no model to test with.
  package struct Missing: Error, CustomStringConvertible {
    package let path: String

    package var description: String {
      "no model at \(path): run tools/fetch-model, or set RLEDIT_MODEL_DIR to the folder it is in"
    }
  }
}
