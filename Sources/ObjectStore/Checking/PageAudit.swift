import Foundation

/// A check of the pages that LMDB's trees are made of.
///
/// LMDB has no checksums and believes its pages: one that is not as it ought to be leads it to wrong
/// places, ends the process, or is written over while it is in use. So before a check looks at the content
/// through LMDB, the pages are read as bytes, each is compared with all that is known of it, and every page
/// of the file is accounted for: it belongs to one tree, or it is free.
struct PageAudit {
  /// A page that is not as it ought to be.
  typealias Fault = (item: StoredItem, reason: String)

  private static let freeList = "the free list"

  private let file: Int32
  private let path: String
  private let pageBytes: Int
  private let meta: PageFormat.Meta
  private var seen: Set<UInt64> = []
  private(set) var faults: [Fault] = []

  /// Checks the pages of the store as a snapshot sees it, which must be kept meanwhile.
  ///
  /// - Parameters:
  ///   - transaction: the number of the last one that the snapshot sees.
  ///   - rootsOnly: only those that say where the databases are, on which LMDB relies from the start.
  /// - Returns: `nil` where writers have gone on so far that the snapshot's roots are not to be read any
  ///   more: a newer snapshot is wanted.
  /// - Throws: ``ObjectStoreError/ioError(errno:path:)``.
  /// - Complexity: O(pages of the trees), without those that hold single large values.
  static func faults(
    path: String, pageBytes: Int, transaction: Int, rootsOnly: Bool
  ) throws -> [Fault]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw ObjectStoreError.ioError(errno: errno, path: path) }
    defer { close(file) }
    for page in 0..<PageFormat.metaPages {
      let bytes = try read(file, page * pageBytes, PageFormat.metaBytes, path: path)
      let meta = PageFormat.Meta(page: bytes)
      // A writer may be at it; what reads the same twice is whole.
      guard meta.transaction == UInt64(transaction),
        try read(file, page * pageBytes, PageFormat.metaBytes, path: path) == bytes
      else { continue }
      var audit = PageAudit(file: file, path: path, pageBytes: pageBytes, meta: meta)
      try audit.run(rootsOnly: rootsOnly)
      return audit.faults
    }
    return nil
  }

  private init(file: Int32, path: String, pageBytes: Int, meta: PageFormat.Meta) {
    self.file = file
    self.path = path
    self.pageBytes = pageBytes
    self.meta = meta
  }

  private static func read(
    _ file: Int32, _ offset: Int, _ count: Int, path: String
  ) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard pread(file, &bytes, count, offset) == count else {
      throw ObjectStoreError.ioError(errno: errno == 0 ? EIO : errno, path: path)
    }
    return bytes
  }

  private mutating func run(rootsOnly: Bool) throws {
    var trees = TreeAudit(meta.main, name: TreeAudit.mainName, isMain: true)
    try walk(&trees)
    if rootsOnly { return }
    for (name, tree) in trees.subtrees {
      var audit = TreeAudit(
        tree, name: Database(rawValue: name).map { TreeAudit.name(of: $0) } ?? "a database")
      try walk(&audit)
    }
    var free = TreeAudit(meta.free, name: Self.freeList, isFreeList: true)
    try walk(&free)
    checkFreeList(free.values)
  }

  private mutating func note(_ page: UInt64, of tree: TreeAudit, _ reason: String) {
    note(page, of: tree.name, reason)
  }

  private mutating func note(_ page: UInt64, of owner: String, _ reason: String) {
    faults.append((.page(number: Int(truncatingIfNeeded: page), of: owner), reason))
  }

  // MARK: - Trees

  private mutating func walk(_ tree: inout TreeAudit) throws {
    let root = tree.record.root
    if tree.record.flags != tree.expectedFlags {
      note(root, of: tree, "the database has flags that no store has")
    }
    if root == PageFormat.noPage {
      if tree.record.depth != 0 { note(root, of: tree, "a tree without pages has a depth") }
    } else {
      try visit(root, depth: 1, lower: nil, upper: nil, &tree)
    }
    if !tree.countsAgree { note(root, of: tree, "the tree has other counts than its record says") }
  }

  /// Whether a page may be one of this tree: it is in the file, and nothing else is on it.
  private mutating func claim(_ page: UInt64, _ tree: TreeAudit) -> Bool {
    guard page >= UInt64(PageFormat.metaPages), page <= meta.lastPage else {
      note(page, of: tree, "there is no such page, but one leads to it")
      return false
    }
    guard seen.insert(page).inserted else {
      note(page, of: tree, "more than one page leads to it")
      return false
    }
    return true
  }

  /// Checks a page and all below it, whose keys must not be below `lower` and must be below `upper`.
  private mutating func visit(
    _ number: UInt64, depth: Int, lower: [UInt8]?, upper: [UInt8]?, _ tree: inout TreeAudit
  ) throws {
    guard claim(number, tree) else { return }
    let bytes = try Self.read(file, Int(number) * pageBytes, pageBytes, path: path)
    let isLeaf = depth == tree.record.depth
    let nodes: [PageNode]
    do {
      nodes = try PageNode.nodes(of: bytes, number: number, kind: isLeaf ? .leaf : .branch)
    } catch let fault as PageNode.Fault {
      return note(number, of: tree, fault.reason)
    }
    if isLeaf { tree.leafPages += 1 } else { tree.branchPages += 1 }
    var previous = lower
    for (index, node) in nodes.enumerated() {
      // The first key of a branch page stands for everything below the second.
      let isOpen = !isLeaf && index == 0
      if !isOpen {
        let isFirst = index == 0
        if let previous, !tree.isOrdered(previous, node.key, orEqual: isFirst || !isLeaf) {
          return note(number, of: tree, "its keys are out of order")
        }
        if let upper, !tree.isOrdered(node.key, upper, orEqual: false) {
          return note(number, of: tree, "it has a key that belongs elsewhere")
        }
        previous = node.key
      }
      if isLeaf {
        try check(node, on: number, &tree)
      } else {
        let next = index + 1 < nodes.count ? nodes[index + 1].key : upper
        try visit(
          node.child, depth: depth + 1, lower: isOpen ? lower : node.key, upper: next, &tree)
      }
    }
  }

  private mutating func check(
    _ node: PageNode, on page: UInt64, _ tree: inout TreeAudit
  ) throws {
    tree.entries += 1
    guard tree.isKey(node.key) else {
      return note(page, of: tree, "it has a key of a wrong length")
    }
    guard tree.isMain == (node.flags == PageFormat.isTree) else {
      return note(page, of: tree, "an entry is of a kind that the database has not")
    }
    if tree.isMain {
      guard node.value.count == PageFormat.Tree.byteCount else {
        return note(page, of: tree, "a database's record has a wrong length")
      }
      let name = String(decoding: node.key, as: UTF8.self)
      tree.subtrees.append((name, PageFormat.Tree(node.value)))
    } else if node.flags == PageFormat.isOnOverflowPages {
      let first: UInt64 = node.value.number(at: 0)
      let pages = (PageFormat.headerBytes - 1 + node.valueBytes) / pageBytes + 1
      if let value = try checkOverflow(first, pages: pages, &tree), tree.isFreeList {
        tree.values.append((page, Array(value.prefix(node.valueBytes))))
      }
    } else if node.flags == 0 {
      if tree.isFreeList { tree.values.append((page, Array(node.value))) }
    } else {
      note(page, of: tree, "an entry has flags that no store has")
    }
  }

  /// Checks the header of pages that hold one value. Gives the value, with what is behind it, of the free
  /// list, and nothing of other trees.
  private mutating func checkOverflow(
    _ first: UInt64, pages: Int, _ tree: inout TreeAudit
  ) throws -> [UInt8]? {
    guard first >= UInt64(PageFormat.metaPages), first <= meta.lastPage,
      UInt64(pages) <= meta.lastPage - first + 1
    else {
      note(first, of: tree, "a value is said to be where there are no pages for it")
      return nil
    }
    let header = try Self.read(
      file, Int(first) * pageBytes, PageFormat.headerBytes, path: path)
    let count = Int(header.number(at: 12) as UInt32)
    guard header.number(at: 0) == first,
      header.number(at: 10) == PageFormat.Kind.overflow.rawValue, count >= pages,
      UInt64(count) <= meta.lastPage - first + 1
    else {
      note(first, of: tree, "it is not the page of a value that it is said to be")
      return nil
    }
    tree.overflowPages += UInt64(count)
    for page in first..<first + UInt64(count) where !claim(page, tree) { return nil }
    guard tree.isFreeList else { return nil }
    let bytes = try Self.read(file, Int(first) * pageBytes, count * pageBytes, path: path)
    return Array(bytes.dropFirst(PageFormat.headerBytes))
  }

  // MARK: - Free pages

  /// The lists of the pages that transactions gave up, and the page that each stands on.
  private mutating func checkFreeList(_ lists: [(page: UInt64, bytes: [UInt8])]) {
    for (page, bytes) in lists {
      guard bytes.count >= 8, case let count:UInt64 = bytes.number(at: 0),
        count < UInt64(bytes.count / 8)
      else {
        note(page, of: Self.freeList, "a list of free pages is longer than its place")
        continue
      }
      for index in 0..<Int(count) {
        let free: UInt64 = bytes.number(at: 8 * (index + 1))
        guard free >= UInt64(PageFormat.metaPages), free <= meta.lastPage else {
          note(page, of: Self.freeList, "it calls a page free that does not exist")
          break
        }
        guard seen.insert(free).inserted else {
          note(free, of: Self.freeList, "it is in use, or free twice over, and is listed as free")
          continue
        }
      }
    }
    // Where something is wrong already, what could not be reached is not accounted for.
    guard faults.isEmpty else { return }
    for page in UInt64(PageFormat.metaPages)..<(meta.lastPage + 1) where !seen.contains(page) {
      note(page, of: Self.freeList, "it is neither in use nor free")
    }
  }
}
