import Ledger
import ObjectModel

/// The materials of a kind that a store has.
struct MaterialListReport: Report {
  struct Item: Encodable {
    let name: String
    let commit: String
    let message: String
    /// Of a covariance, whether the curvature at the matrices' outputs was measured, too.
    let curvature: Bool?

    init(_ material: Material, curvature: Bool? = nil) {
      name = material.name ?? ""
      commit = material.commitID.hex
      message = material.commit.message
      self.curvature = curvature
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  let kind: MaterialKind
  let items: [Item]

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    let plural =
      switch kind {
      case .hypernetwork: "hypernetworks"
      case .covariance: "covariances"
      }
    try container.encode(items, forKey: Key(stringValue: plural))
  }

  func print(on terminal: Terminal) throws {
    let width = items.map(\.name.count).max() ?? 0
    for item in items {
      let padding = String(repeating: " ", count: width - item.name.count)
      try terminal.print(
        "\(item.name)\(padding) " + terminal.styled(String(item.commit.prefix(12)), .yellow)
          + " \(item.message)\(item.curvature == false ? " (without curvature)" : "")")
    }
  }
}
