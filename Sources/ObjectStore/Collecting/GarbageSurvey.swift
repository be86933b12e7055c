import ObjectModel

/// What of a store nothing leads to, and since when.
struct GarbageSurvey {
  /// To be taken out, each object before everything that it names.
  private(set) var objects: [Digest256] = []
  private(set) var chunks: [ChunkID] = []
  /// Marks to be set: things that were first found to be garbage now.
  private(set) var newMarks: [GarbageMark] = []
  /// Marks to be taken away: their things are named again, or gone.
  private(set) var staleMarks: [GarbageMark] = []
  private(set) var report = CollectionReport()

  /// - Parameters:
  ///   - roots: what is to be kept with everything that it leads to.
  ///   - grace: seconds for which garbage is kept.
  /// - Throws: ``ObjectStoreError`` where something that is to be kept cannot be read: then nobody can
  ///   tell what it leads to.
  /// - Complexity: O(objects + chunks).
  init(
    of reader: some StoreReading, roots: [ObjectInspection.Link], grace: Int, now: Int
  ) throws {
    let marks = try Self.marks(in: reader)
    var kept = ObjectWalk(in: reader)
    try kept.add(roots)
    var (objectBytes, types): ([Digest256: Int], [Digest256: String]) = ([:], [:])
    var young: [ObjectInspection.Link] = []
    var seen: Set<GarbageMark> = []

    /// Whether a mark's thing must wait. Sets the mark where there is none.
    func waits(_ mark: GarbageMark) -> Bool {
      seen.insert(mark)
      let since = marks[mark] ?? now
      if marks[mark] == nil { newMarks.append(mark) }
      guard since > now - grace else { return false }
      report.nextDue = min(report.nextDue ?? .max, since + grace)
      return true
    }
    try reader.scan(.objects, from: [], backwards: false) { key, text in
      guard let id = Digest256(bytes: key) else { return true }
      if kept.objects.contains(id) {
        report.kept.add(objects: 1, bytes: text.count)
        return true
      }
      objectBytes[id] = text.count
      types[id] = canonicalTypeName(of: text) ?? ""
      if waits(.object(id)) { young.append(.init(type: types[id] ?? "", id: id)) }
      return true
    }
    // What waits keeps what it names: whoever finds it here may take it for whole.
    var waiting = ObjectWalk(in: reader, passingOverDamage: true)
    try waiting.add(young)
    var order = ObjectWalk(in: reader, passingOverDamage: true)
    try order.add(
      objectBytes.keys.sorted().map { .init(type: types[$0] ?? "", id: $0) }
    ) { link, _ in
      guard let bytes = objectBytes[link.id] else { return }
      if waiting.objects.contains(link.id) {
        report.waiting.add(objects: 1, bytes: bytes)
      } else {
        report.removed.add(objects: 1, bytes: bytes)
        objects.append(link.id)
      }
    }
    objects.reverse()
    try reader.scan(.chunks, from: [], backwards: false) { key, bytes in
      guard let id = ChunkID(bytes: key) else { return true }
      if kept.chunks.contains(id) {
        report.kept.add(chunks: 1, bytes: bytes.count)
      } else if waits(.chunk(id)) || waiting.chunks.contains(id) {
        report.waiting.add(chunks: 1, bytes: bytes.count)
      } else {
        report.removed.add(chunks: 1, bytes: bytes.count)
        chunks.append(id)
      }
      return true
    }
    staleMarks = marks.keys.filter { !seen.contains($0) }
    // What goes at once needs no mark.
    let gone = Set(removals)
    newMarks.removeAll { gone.contains($0) }
  }

  private static func marks(in reader: some StoreReading) throws -> [GarbageMark: Int] {
    var marks: [GarbageMark: Int] = [:]
    for (name, value) in try reader.properties(withPrefix: GarbageMark.prefix) {
      guard let mark = GarbageMark(propertyName: name), let since = Int(value) else {
        throw ObjectStoreError.malformed(.property(name: name), reason: "not a garbage mark")
      }
      marks[mark] = since
    }
    return marks
  }
}

extension CollectionReport.Amount {
  fileprivate mutating func add(objects: Int = 0, chunks: Int = 0, bytes: Int) {
    self.objects += objects
    self.chunks += chunks
    self.bytes += bytes
  }
}
