import Editing
import Foundation
import LanguageModel
import ModelFiles
import TestSupport
import Testing

/// What the methods that RLEdit's editor makes stand at.
@Suite struct RLEditMethodTests {
  /// The golden Llama's shape with other layers.
  private func shape(layers: Int) throws -> DecoderShape {
    let directory = try TemporaryDirectory()
    let golden = try Data(
      contentsOf: URL(fileURLWithPath: Golden.path("archs/llama/config.json")))
    var values = try #require(JSONSerialization.jsonObject(with: golden) as? [String: Any])
    values["num_hidden_layers"] = layers
    let path = directory.path("config.json")
    try JSONSerialization.data(withJSONObject: values).write(to: URL(fileURLWithPath: path))
    return try DecoderShape(ModelConfiguration(contentsOf: path))
  }

  @Test(arguments: [
    ("rledit-recursive", 30, 4...19), ("rledit-lifelong", 30, 2...25),
    ("rledit-recursive", 32, 4...20), ("rledit-lifelong", 32, 2...26),
    ("rledit-recursive", 1, 0...0), ("rledit-lifelong", 1, 0...0),
  ])
  func theRecursiveOnesEditDownProjectionsOfASpanOfLayers(
    name: String, layers: Int, span: ClosedRange<Int>
  ) throws {
    let places = try EditorCatalogue.method(named: name).standardPlaces(shape(layers: layers))
    #expect(places == span.map { ProjectionPlace(layer: $0, projection: .down) })
  }

  @Test func whatLastsLongestTakesGentlerStepsOfTheSameKind() throws {
    func standards(_ name: String) throws -> [String: String] {
      let method = try EditorCatalogue.method(named: name)
      #expect(method.needsCovariance)
      return Dictionary(uniqueKeysWithValues: method.settings.map { ($0.name, $0.standard) })
    }
    var expected = try standards("rledit-recursive")
    for (name, value) in [
      ("contexts", #"["{} is"]"#), ("step-trust", "0.5"), ("inner-steps", "7"),
      ("target-loss", "0.3"), ("curvature-damping", "1.0"), ("memory-weight", "10.0"),
    ] {
      #expect(expected[name] != value)
      expected[name] = value
    }
    #expect(try standards("rledit-lifelong") == expected)
  }
}
