package import Foundation

/// The committed reference data, `Tests/Golden`.
package enum Golden {
  package static let directory = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Golden").path

  /// The path of a file below `Tests/Golden`.
  package static func path(_ relative: String) -> String {
    "\(directory)/\(relative)"
  }

  /// The bytes of a file below `Tests/Golden`.
  package static func data(_ relative: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(relative)))
  }

  /// A JSON file below `Tests/Golden`, decoded.
  package static func json<Value: Decodable>(_ type: Value.Type, _ relative: String) throws -> Value
  {
    try JSONDecoder().decode(type, from: data(relative))
  }

  /// The same for a file whose keys are in snake case and the type's properties in camel case.
  package static func snakeCaseJSON<Value: Decodable>(
    _ type: Value.Type, _ relative: String
  ) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: data(relative))
  }
}
