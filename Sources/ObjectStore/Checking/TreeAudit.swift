/// What a check of pages counts of one tree, and what it has to be.
struct TreeAudit {
  let record: PageFormat.Tree
  /// What it is, in words.
  let name: String
  /// Whether the entries are the databases' own records.
  let isMain: Bool
  let isFreeList: Bool
  var branchPages: UInt64 = 0
  var leafPages: UInt64 = 0
  var overflowPages: UInt64 = 0
  var entries: UInt64 = 0
  /// The databases that the entries of the main tree are.
  var subtrees: [(name: String, tree: PageFormat.Tree)] = []
  /// The values of the free list, and the pages that name them.
  var values: [(page: UInt64, bytes: [UInt8])] = []

  init(_ record: PageFormat.Tree, name: String, isMain: Bool = false, isFreeList: Bool = false) {
    self.record = record
    self.name = name
    self.isMain = isMain
    self.isFreeList = isFreeList
  }

  /// What the tree of the databases' own records is called.
  static let mainName = "the list of databases"

  /// What a database's tree is called.
  static func name(of database: Database) -> String { "the database \(database.rawValue)" }

  /// The free list has numbers for keys.
  static let integerKeys: UInt16 = 8

  var expectedFlags: UInt16 { isFreeList ? Self.integerKeys : 0 }

  var countsAgree: Bool {
    branchPages == record.branchPages && leafPages == record.leafPages
      && overflowPages == record.overflowPages && entries == record.entries
  }

  func isKey(_ key: [UInt8]) -> Bool { isFreeList ? key.count == 8 : !key.isEmpty }

  /// Whether two keys are in this order.
  func isOrdered(_ left: [UInt8], _ right: [UInt8], orEqual: Bool) -> Bool {
    if left == right { return orEqual }
    if isFreeList {
      guard left.count == 8, right.count == 8 else { return false }
      return (left.number(at: 0) as UInt64) < (right.number(at: 0) as UInt64)
    }
    return left.lexicographicallyPrecedes(right)
  }
}

/// An entry of a page.
struct PageNode {
  let flags: UInt16
  let key: [UInt8]
  /// In a leaf: the value, or the number of the first page that holds it.
  let value: ArraySlice<UInt8>
  /// In a leaf: the length of the value.
  let valueBytes: Int
  /// In a branch: the page that it leads to.
  let child: UInt64

  struct Fault: Error {
    let reason: String
  }

  private static let headerBytes = 8

  /// The entries of a page, which must lie one beside the other from its end, none over another.
  ///
  /// - Throws: ``Fault``.
  static func nodes(
    of page: [UInt8], number: UInt64, kind: PageFormat.Kind
  ) throws -> [PageNode] {
    guard page.number(at: 0) == number else {
      throw Fault(reason: "it is another page by its number")
    }
    guard page.number(at: 10) == kind.rawValue else {
      throw Fault(reason: "it is a page of another kind than it is used for")
    }
    let (lower, upper) = (Int(page.number(at: 12) as UInt16), Int(page.number(at: 14) as UInt16))
    guard lower >= PageFormat.headerBytes, lower.isMultiple(of: 2), lower <= upper,
      upper <= page.count
    else { throw Fault(reason: "its bounds cannot be") }
    let count = (lower - PageFormat.headerBytes) / 2
    guard count > 0 else { throw Fault(reason: "it is empty") }
    let places = (0..<count).map {
      Int(page.number(at: PageFormat.headerBytes + 2 * $0) as UInt16)
    }
    var ends: [Int: Int] = [:]
    let nodes = try places.map { place in
      let node = try PageNode(in: page, at: place, kind: kind)
      ends[place] = place + node.length(kind)
      return node
    }
    // From the first to the end of the page without a gap.
    var place = upper
    for _ in nodes {
      guard let end = ends[place] else {
        throw Fault(reason: "its entries do not lie as they ought to")
      }
      place = end
    }
    guard place == page.count else {
      throw Fault(reason: "its entries do not lie as they ought to")
    }
    return nodes
  }

  private init(in page: [UInt8], at place: Int, kind: PageFormat.Kind) throws {
    let outside = Fault(reason: "an entry reaches beyond it")
    guard place + Self.headerBytes <= page.count else { throw outside }
    let node = page[place...]
    let low = UInt64(node.number(at: 0) as UInt32)
    flags = node.number(at: 4)
    let keyStart = place + Self.headerBytes
    let keyEnd = keyStart + Int(node.number(at: 6) as UInt16)
    guard keyEnd <= page.count else { throw outside }
    key = Array(page[keyStart..<keyEnd])
    if kind == .branch {
      child = low | UInt64(flags) << 32
      valueBytes = 0
      value = []
    } else {
      child = 0
      valueBytes = Int(low)
      let inPage = flags & PageFormat.isOnOverflowPages != 0 ? 8 : valueBytes
      guard inPage <= page.count - keyEnd else { throw outside }
      value = page[keyEnd..<keyEnd + inPage]
    }
  }

  /// Bytes that the entry takes, which LMDB makes even.
  private func length(_ kind: PageFormat.Kind) -> Int {
    let bytes = Self.headerBytes + key.count + value.count
    return bytes + bytes % 2
  }
}
