import Foundation
import FoundationXML
import TestSupport
import Testing

/// The image of a curve, read as XML.
@Suite struct CurvePlotTests {
  /// An element with what is in it.
  final class Element {
    let name: String
    let attributes: [String: String]
    var text = ""
    var children: [Element] = []

    init(name: String, attributes: [String: String]) {
      self.name = name
      self.attributes = attributes
    }

    /// This and everything below it.
    var all: [Element] { [self] + children.flatMap(\.all) }

    func number(_ attribute: String) throws -> Double {
      try #require(attributes[attribute].flatMap(Double.init), "\(name) has no \(attribute)")
    }
  }

  /// Builds a tree of elements; fails where the text is not well formed.
  private final class Reader: NSObject, XMLParserDelegate {
    var root: Element?
    private var open: [Element] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      let element = Element(name: name, attributes: attributes)
      open.last?.children.append(element)
      if root == nil { root = element }
      open.append(element)
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) { open.last?.text += text }

    func parser(
      _ parser: XMLParser, didEndElement: String, namespaceURI: String?, qualifiedName: String?
    ) { open.removeLast() }
  }

  private func image(_ path: String) throws -> Element {
    let parser = XMLParser(data: try Data(contentsOf: URL(fileURLWithPath: path)))
    let reader = Reader()
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    return try #require(reader.root)
  }

  /// From places to values, read off two of an axis' marks.
  private func scale(
    _ panel: Element, _ axis: String, _ attribute: String
  ) throws -> (Double) -> Double {
    let marks = try panel.all.filter { $0.attributes["class"] == "\(axis) tick" }
      .map { (place: try $0.number(attribute), value: try #require(Double($0.text))) }
    let (first, last) = (try #require(marks.first), try #require(marks.last))
    let factor = (last.value - first.value) / (last.place - first.place)
    return { first.value + ($0 - first.place) * factor }
  }

  @Test func thePlottedPointsAreTheData() throws {
    let place = try MeasuringTests.withUnevenEdits(4)
    try String(repeating: "A town lies in a land. ", count: 20).write(
      toFile: place.path("text.txt"), atomically: true, encoding: .utf8)
    let report = try place.json(
      "curve", "--every", "1", "--text", "text.txt", "--out", "along")
    let points = try #require(report["points"] as? [[String: Any]])
    let image = try image(place.path("along.svg"))
    #expect(image.name == "svg")
    let series: [(id: String, path: [String])] = [
      ("efficacy", ["efficacy", "value"]), ("generalisation", ["generalisation", "value"]),
      ("specificity", ["specificity", "value"]), ("locality", ["locality", "value"]),
      ("generation_efficacy", ["generation", "efficacy", "value"]),
      ("generation_specificity", ["generation", "specificity", "value"]),
      ("generation_locality", ["generation", "locality", "value"]),
      ("probability_success", ["probability", "success", "value"]),
      ("probability_neighbourhood_success", ["probability", "neighbourhoodSuccess", "value"]),
      ("perplexity_ratio", ["perplexity", "ratio"]),
    ]
    let panels = image.all.filter { $0.attributes["class"] == "panel" }
    // A panel for each way of measuring, two for retention and one for perplexity.
    #expect(panels.count == 6)
    for (id, path) in series {
      let panel = try #require(
        panels.first { $0.all.contains { $0.attributes["id"] == id } }, "\(id)")
      let line = try #require(panel.all.first { $0.attributes["id"] == id })
      let (x, y) = (try scale(panel, "horizontal", "x"), try scale(panel, "vertical", "y"))
      let circles = line.all.filter { $0.name == "circle" }
      #expect(circles.count == points.count)
      for (circle, point) in zip(circles, points) {
        var found: Any? = point
        for name in path { found = (found as? [String: Any])?[name] }
        let value = try #require(found as? Double)
        #expect(try abs(y(circle.number("cy")) - value) < 2e-4 * max(1, value), "\(id)")
        #expect(try abs(x(circle.number("cx")) - Double(#require(point["edits"] as? Int))) < 1e-2)
      }
      // What is shaded are the intervals, there and back.
      let outline = try #require(line.all.first { $0.name == "polygon" }?.attributes["points"])
      let corners = outline.split(separator: " ").map {
        $0.split(separator: ",").compactMap { Double($0) }
      }
      #expect(corners.count == 2 * points.count)
      for (index, point) in points.enumerated() {
        var found = point
        for name in path.dropLast() { found = try MeasuringTests.measure(found, name) }
        let names = id == "perplexity_ratio" ? ["ratioLow", "ratioHigh"] : ["low", "high"]
        for (corner, name) in zip([index, 2 * points.count - 1 - index], names) {
          let bound = try #require(found[name] as? Double)
          #expect(abs(y(corners[corner][1]) - bound) < 2e-4 * max(1, bound), "\(id) \(name)")
        }
      }
    }
    let retention = image.all.filter {
      $0.attributes["id"]?.hasPrefix("retention_") == true
    }
    #expect(
      retention.compactMap { $0.attributes["id"] } == [
        "retention_0", "retention_1", "retention_2",
      ])
    #expect(
      image.all.count { $0.attributes["id"]?.hasPrefix("generation_retention_") == true } == 3)
    // Nothing is drawn outside of the image.
    let (width, height) = (try image.number("width"), try image.number("height"))
    for text in image.all where text.name == "text" {
      #expect(try (0...width).contains(text.number("x")))
      #expect(try (0...height).contains(text.number("y")))
    }
    let ids = image.all.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
  }

  @Test func commitsWithoutEditsAreTheirOwnMeasureOfTheHistory() throws {
    let place = try Workplace.withTalkingModel(facts: 2)
    for number in 0..<3 { try place.commitDelta(number) }
    try place.succeed("curve", "facts.jsonl", "--every", "1", "--out", "along")
    let image = try image(place.path("along.svg"))
    let panel = try #require(image.all.first { $0.attributes["class"] == "panel" })
    let line = try #require(panel.all.first { $0.attributes["id"] == "efficacy" })
    let x = try scale(panel, "horizontal", "x")
    let places = try line.all.filter { $0.name == "circle" }.map {
      try x($0.number("cx")).rounded()
    }
    #expect(places == [0, 1, 2, 3])
  }

  @Test func aNameOfAnyKindIsATextInTheImage() throws {
    let place = try MeasuringTests.withEdits(1)
    let name = #"a<b>&"c"'é"#
    try place.succeed("branch", name)
    try place.succeed("curve", "--at", name, "--out", "along")
    let image = try image(place.path("along.svg"))
    let titles = image.all.filter { $0.text.contains("Edits along \(name) (") }
    #expect(titles.map(\.name) == ["title", "text"])
  }
}
