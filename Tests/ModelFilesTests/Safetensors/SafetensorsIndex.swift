import Foundation
import TestSupport

/// `Tests/Golden/safetensors/index.json`: every file there and what a reader must do with it.
struct SafetensorsIndex: Decodable {
  struct Valid: Decodable, Sendable, CustomTestStringConvertibleFile {
    let file: String
    let values: [String: [Double]]?
  }

  struct Malformed: Decodable, Sendable, CustomTestStringConvertibleFile {
    let file: String
    let fault: String
    let mustReject: Bool?

    enum CodingKeys: String, CodingKey {
      case file
      case fault
      case mustReject = "must_reject"
    }
  }

  let valid: [Valid]
  let malformed: [Malformed]
  let malformedIndex: [Malformed]

  enum CodingKeys: String, CodingKey {
    case valid
    case malformed
    case malformedIndex = "malformed_index"
  }

  static func load() throws -> SafetensorsIndex {
    try Golden.json(SafetensorsIndex.self, "safetensors/index.json")
  }
}

/// An entry that is best shown by its file's name.
protocol CustomTestStringConvertibleFile: CustomStringConvertible {
  var file: String { get }
}

extension CustomTestStringConvertibleFile {
  var description: String { file }
}
