import Editing
import Ledger
import ObjectModel
import ObjectStore
import Tensors

/// What a stored hypernetwork is made of.
struct HypernetworkReport: Encodable {
  /// The network of one weight shape.
  struct Network: Encodable {
    let input: Int
    let output: Int
    let modules: Int
    let blocks: Int
    let rank: Int
    let parameters: Int
    /// One for each matrix.
    let stepSizes: [Float]
    let logRidges: [Float]
    /// Rows in the statistics of its training.
    let statisticsRows: Int
  }

  let networks: [Network]
  /// Adam's, where training can go on from it.
  let optimizerUpdates: Int?

  init(_ id: AttachmentID, in view: LedgerView) throws {
    let attachment: Attachment = try view.snapshot.object(id)
    let archive = try HypernetworkArchive(
      encodedFiles: attachment.files.map { ($0.name, try view.snapshot.readBlob($0.blob)) })
    optimizerUpdates = archive.optimizer?.step
    networks = archive.trained.networks.networks.map { network in
      Network(
        input: network.shape.input, output: network.shape.output, modules: network.modules,
        blocks: network.blocks.count, rank: network.blocks.first?.a.columns ?? 0,
        parameters: network.parameters.reduce(0) { $0 + $1.elements.count },
        stepSizes: network.stepSizes, logRidges: network.logRidges,
        statisticsRows: archive.trained.statistics.moments[network.shape]?.count ?? 0)
    }
  }

  var lines: [String] {
    networks.map { network in
      "\(network.output)×\(network.input): \(Quantity.count(network.modules, "matrix", "matrices")), "
        + "\(Quantity.count(network.blocks, "block")) of rank \(network.rank), "
        + "\(Quantity.measured(Double(network.parameters))) parameters, step sizes "
        + Self.range(network.stepSizes) + ", log-ridges " + Self.range(network.logRidges)
        + ", statistics over \(network.statisticsRows) rows"
    } + (optimizerUpdates.map { ["optimiser after \(Quantity.count($0, "update"))"] } ?? [])
  }

  private static func range(_ numbers: [Float]) -> String {
    guard let least = numbers.min(), let most = numbers.max() else { return "–" }
    return least == most ? "\(least)" : "\(least) … \(most)"
  }
}
