import ModelFiles
import Tensors

/// The stored form of hypernetworks, their statistics and, where training is to go on, their optimiser:
/// `layout.json` with the sizes, a file of little-endian binary32 numbers for each parameter under its
/// name, `adam.first.` and `adam.second.` before the moments' names, and `statistics.<in>x<out>` in the
/// form of running statistics.
package struct HypernetworkArchive: Sendable {
  package typealias File = (name: String, bytes: [UInt8])

  package var trained: RLEdit.Trained
  package var optimizer: AdamOptimizer?

  private static let layoutName = "layout.json"
  private static let firstPrefix = "adam.first."
  private static let secondPrefix = "adam.second."
  private static let statisticsPrefix = "statistics."

  package init(_ trained: RLEdit.Trained, optimizer: AdamOptimizer? = nil) {
    self.trained = trained
    self.optimizer = optimizer
  }

  /// The files, in the order of their names.
  package var encodedFiles: [File] {
    var files: [File] = [(Self.layoutName, Array(layout.text(indented: true).utf8))]
    files += Self.files(of: trained.networks, prefix: "")
    if let optimizer {
      files += Self.files(of: optimizer.first, prefix: Self.firstPrefix)
      files += Self.files(of: optimizer.second, prefix: Self.secondPrefix)
    }
    files += trained.statistics.encodedFiles.map { (Self.statisticsPrefix + $0.name, $0.bytes) }
    return files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// - Throws: ``EditingError/badHypernetwork`` when something is missing, of a wrong length or not
  ///   finite.
  package init(encodedFiles: [File]) throws {
    let files = Dictionary(
      encodedFiles.map { ($0.name, $0.bytes) }, uniquingKeysWith: { first, _ in first })
    guard let text = files[Self.layoutName],
      let layout = try? JSONValue.parse(text, path: Self.layoutName).objectValue,
      let list = layout["networks"]?.arrayValue
    else { throw EditingError.badHypernetwork }
    let empty = HypernetworkSet(try list.map { try Self.network($0) })
    let networks = try Self.read(empty, prefix: "", files)
    let statistics = try RunningStatistics(
      encodedFiles: encodedFiles.filter { $0.name.hasPrefix(Self.statisticsPrefix) }.map {
        (String($0.name.dropFirst(Self.statisticsPrefix.count)), $0.bytes)
      })
    trained = RLEdit.Trained(networks: networks, statistics: statistics)
    if case .integer(let step)? = layout["adam-step"] {
      optimizer = AdamOptimizer(
        step: Int(step), first: try Self.read(empty, prefix: Self.firstPrefix, files),
        second: try Self.read(empty, prefix: Self.secondPrefix, files))
    }
  }

  private var layout: JSONValue {
    let networks = trained.networks.networks.map { network in
      JSONValue.object(
        JSONObject([
          .init("input", .integer(Int64(network.shape.input))),
          .init("output", .integer(Int64(network.shape.output))),
          .init("modules", .integer(Int64(network.modules))),
          .init("blocks", .integer(Int64(network.blocks.count))),
          .init("rank", .integer(Int64(network.blocks.first?.a.columns ?? 0))),
        ]))
    }
    var members: [JSONObject.Member] = [.init("networks", .array(networks))]
    if let optimizer { members.append(.init("adam-step", .integer(Int64(optimizer.step)))) }
    return .object(JSONObject(members))
  }

  /// A network of zeros of the sizes that the layout tells.
  private static func network(_ value: JSONValue) throws -> Hypernetwork {
    func size(_ name: String) throws -> Int {
      guard case .integer(let number)? = value.objectValue?[name], (0..<1 << 24).contains(number)
      else { throw EditingError.badHypernetwork }
      return Int(number)
    }
    let shape = WeightShape(input: try size("input"), output: try size("output"))
    let (modules, blocks, rank) = (try size("modules"), try size("blocks"), try size("rank"))
    let columns = shape.input + shape.output
    guard shape.input > 0, shape.output > 0, modules > 0, blocks <= 64, blocks == 0 || rank > 0
    else { throw EditingError.badHypernetwork }
    var network = Hypernetwork.identity(
      shape: shape, modules: modules, stepSize: 0, logRidge: 0)
    network.blocks = (0..<blocks).map { _ in
      Hypernetwork.Block(
        a: Matrix(rows: columns, columns: rank), b: Matrix(rows: rank, columns: columns),
        bias: .init(repeating: 0, count: columns), scale: Matrix(rows: modules, columns: columns),
        shift: Matrix(rows: modules, columns: columns))
    }
    return network
  }

  private static func files(of networks: HypernetworkSet, prefix: String) -> [File] {
    networks.parameters.map { parameter in
      (prefix + parameter.name, LittleEndianFloats.bytes(of: parameter.elements))
    }
  }

  private static func read(
    _ empty: HypernetworkSet, prefix: String, _ files: [String: [UInt8]]
  ) throws -> HypernetworkSet {
    var networks = empty
    try networks.forEachParameter { name, _, elements in
      guard let bytes = files[prefix + name],
        let numbers = LittleEndianFloats.numbers(in: bytes), numbers.count == elements.count,
        numbers.allSatisfy(\.isFinite)
      else { throw EditingError.badHypernetwork }
      elements = numbers
    }
    return networks
  }
}

/// Binary32 numbers as bytes, little-endian.
enum LittleEndianFloats {
  static func bytes(of numbers: [Float]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 4 * numbers.count) { buffer, count in
      let target = UnsafeMutableRawBufferPointer(buffer)
      for (index, number) in numbers.enumerated() {
        target.storeBytes(
          of: number.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
      }
      count = 4 * numbers.count
    }
  }

  /// `nil` where the length is no multiple of four.
  static func numbers(in bytes: [UInt8]) -> [Float]? {
    guard bytes.count.isMultiple(of: 4) else { return nil }
    return bytes.withUnsafeBytes { source in
      (0..<bytes.count / 4).map {
        Float(
          bitPattern: UInt32(
            littleEndian: source.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
  }
}
