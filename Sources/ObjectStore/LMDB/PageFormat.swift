/// The parts of LMDB 0.9's file format that a check of its pages reads (`mdb.c`, "Page format"), on a
/// little-endian machine of 64 bits.
enum PageFormat {
  static let headerBytes = 16
  static let metaPages = 2
  /// The root of an empty tree.
  static let noPage = UInt64.max
  /// The flags of the pages that say where the trees are.
  static let rootFlags: UInt16 = 8
  static let magic: UInt32 = 0xBEEF_C0DE
  /// Where the transaction's number ends in a meta page, the last of what is written there.
  static let metaBytes = headerBytes + 136

  /// A page's kind, as its flags say it on disk.
  enum Kind: UInt16 {
    case branch = 1
    case leaf = 2
    case overflow = 4
  }

  /// Flags of a node.
  static let isOnOverflowPages: UInt16 = 1
  static let isTree: UInt16 = 2

  /// The root of one tree and what LMDB counts of it: `MDB_db`.
  struct Tree {
    static let byteCount = 48
    let flags: UInt16
    let depth: Int
    let branchPages: UInt64
    let leafPages: UInt64
    let overflowPages: UInt64
    let entries: UInt64
    let root: UInt64

    init(_ bytes: ArraySlice<UInt8>) {
      flags = bytes.number(at: 4)
      depth = Int(bytes.number(at: 6) as UInt16)
      branchPages = bytes.number(at: 8)
      leafPages = bytes.number(at: 16)
      overflowPages = bytes.number(at: 24)
      entries = bytes.number(at: 32)
      root = bytes.number(at: 40)
    }
  }

  /// What a meta page says of one moment of the store: `MDB_meta`.
  struct Meta {
    let magic: UInt32
    let free: Tree
    let main: Tree
    let lastPage: UInt64
    let transaction: UInt64

    /// - Parameter page: at least the first ``metaBytes`` of a page.
    init(page: [UInt8]) {
      let meta = page[PageFormat.headerBytes...]
      magic = meta.number(at: 0)
      free = Tree(meta.dropFirst(24))
      main = Tree(meta.dropFirst(24 + Tree.byteCount))
      lastPage = meta.number(at: 24 + 2 * Tree.byteCount)
      transaction = meta.number(at: 32 + 2 * Tree.byteCount)
    }
  }
}

extension Collection<UInt8> where Index == Int {
  /// The little-endian number so many bytes behind the start.
  ///
  /// - Precondition: its bytes are there.
  func number<Number: FixedWidthInteger>(at offset: Int) -> Number {
    var number: Number = 0
    for index in (0..<MemoryLayout<Number>.size).reversed() {
      number = number << 8 | Number(truncatingIfNeeded: self[startIndex + offset + index])
    }
    return number
  }
}
