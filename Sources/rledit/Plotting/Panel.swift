/// One diagram of several lines over the same axes.
struct Panel {
  /// A measured value with the interval that it may lie in.
  struct Sample {
    let x: Double
    let value: Double
    let interval: ClosedRange<Double>?
  }

  /// A line with its name.
  struct Series {
    /// Unique within an image.
    let id: String
    let label: String
    let colour: String
    /// How the line is broken, so that it can be told from others without its colour.
    let dashes: String?
    let samples: [Sample]
  }

  /// Where a panel lies, in pixels, with room for its words on all sides.
  struct Frame {
    let x: Double
    let y: Double
    let width: Double
    let height: Double

    /// The rectangle that lines are drawn in.
    var left: Double { x + 48 }
    var right: Double { x + width - 14 }
    var top: Double { y + 66 }
    var bottom: Double { y + height - 42 }
  }

  private static let lineHeight = 16.0
  /// About the width of a character of the legend.
  private static let characterWidth = 6.0

  let title: String
  let horizontal: Axis
  let horizontalLabel: String
  let vertical: Axis
  let series: [Series]

  /// Draws the panel.
  func draw(in frame: Frame, on image: inout SVGText) {
    image.group("g", [("class", "panel")]) { image in
      image.element(
        "text",
        [
          ("x", SVGText.number(frame.left)), ("y", SVGText.number(frame.y + 18)),
          ("class", "heading"),
        ],
        text: title)
      drawLegend(in: frame, on: &image)
      drawAxes(in: frame, on: &image)
      for line in series { draw(line, in: frame, on: &image) }
    }
  }

  private func drawLegend(in frame: Frame, on image: inout SVGText) {
    var (x, y) = (frame.left, frame.y + 36)
    for line in series {
      let width = 34 + Double(line.label.count) * Self.characterWidth
      if x > frame.left, x + width > frame.right {
        (x, y) = (frame.left, y + Self.lineHeight)
      }
      image.element(
        "line",
        [
          ("x1", SVGText.number(x)), ("x2", SVGText.number(x + 18)),
          ("y1", SVGText.number(y - 4)), ("y2", SVGText.number(y - 4)),
        ] + stroke(line))
      image.element(
        "text",
        [("x", SVGText.number(x + 22)), ("y", SVGText.number(y)), ("class", "legend")],
        text: line.label)
      x += width
    }
  }

  private func drawAxes(in frame: Frame, on image: inout SVGText) {
    let (left, right) = (SVGText.number(frame.left), SVGText.number(frame.right))
    for tick in vertical.ticks {
      guard let y = self.y(tick, frame) else { continue }
      image.element(
        "line",
        [
          ("x1", left), ("x2", right), ("y1", SVGText.number(y)), ("y2", SVGText.number(y)),
          ("class", "grid"),
        ])
      image.element(
        "text",
        [
          ("x", SVGText.number(frame.left - 7)), ("y", SVGText.number(y)), ("dy", "0.35em"),
          ("class", "vertical tick"),
        ],
        text: Axis.label(tick))
    }
    for tick in horizontal.ticks {
      guard let x = self.x(tick, frame) else { continue }
      let place = SVGText.number(x)
      image.element(
        "line",
        [
          ("x1", place), ("x2", place), ("y1", SVGText.number(frame.bottom)),
          ("y2", SVGText.number(frame.bottom + 4)), ("class", "axis"),
        ])
      image.element(
        "text",
        [("x", place), ("y", SVGText.number(frame.bottom + 17)), ("class", "horizontal tick")],
        text: Axis.label(tick))
    }
    let bottom = SVGText.number(frame.bottom)
    image.element(
      "line", [("x1", left), ("x2", right), ("y1", bottom), ("y2", bottom), ("class", "axis")])
    image.element(
      "text",
      [
        ("x", SVGText.number((frame.left + frame.right) / 2)),
        ("y", SVGText.number(frame.bottom + 34)), ("class", "label"),
      ],
      text: horizontalLabel)
  }

  private func draw(_ line: Series, in frame: Frame, on image: inout SVGText) {
    let placed = line.samples.compactMap { sample -> (sample: Sample, x: Double, y: Double)? in
      guard let x = x(sample.x, frame), let y = y(sample.value, frame) else { return nil }
      return (sample, x, y)
    }
    image.group("g", [("id", line.id), ("class", "series")]) { image in
      let bounds = placed.compactMap { place -> (x: Double, low: Double, high: Double)? in
        guard let interval = place.sample.interval, let low = y(interval.lowerBound, frame),
          let high = y(interval.upperBound, frame)
        else { return nil }
        return (place.x, min(frame.bottom, low), max(frame.top, high))
      }
      if bounds.count > 1 {
        let outline = bounds.map { ($0.x, $0.low) } + bounds.reversed().map { ($0.x, $0.high) }
        image.element(
          "polygon",
          [("points", Self.points(outline)), ("fill", line.colour), ("fill-opacity", "0.10")])
      }
      image.element(
        "polyline", [("points", Self.points(placed.map { ($0.x, $0.y) }))] + stroke(line))
      for place in placed {
        image.group(
          "circle",
          [
            ("cx", SVGText.number(place.x)), ("cy", SVGText.number(place.y)), ("r", "2.6"),
            ("fill", line.colour),
          ]
        ) { image in
          image.element(
            "title",
            text: "\(line.label): \(Axis.label(place.sample.value)) "
              + "at \(Axis.label(place.sample.x)) \(horizontalLabel)")
        }
      }
    }
  }

  private func stroke(_ line: Series) -> [(String, String)] {
    [("stroke", line.colour), ("stroke-width", "1.8"), ("fill", "none")]
      + (line.dashes.map { [("stroke-dasharray", $0)] } ?? [])
  }

  private func x(_ value: Double, _ frame: Frame) -> Double? {
    horizontal.place(value).map { frame.left + $0 * (frame.right - frame.left) }
  }

  private func y(_ value: Double, _ frame: Frame) -> Double? {
    vertical.place(value).map { frame.bottom - $0 * (frame.bottom - frame.top) }
  }

  private static func points(_ places: [(Double, Double)]) -> String {
    places.map { "\(SVGText.number($0)),\(SVGText.number($1))" }.joined(separator: " ")
  }
}
