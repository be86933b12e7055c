package import ObjectModel

/// The objects and chunks that some objects lead to.
package struct ObjectWalk<Reader: StoreReading> {
  package private(set) var objects: Set<Digest256> = []
  package private(set) var chunks: Set<ChunkID> = []
  private let reader: Reader

  private enum Step {
    case enter(ObjectInspection.Link)
    case leave(ObjectInspection.Link, [ChunkID])
  }

  private let passesOver: Bool

  /// - Parameter passingOverDamage: whether an object that cannot be read counts as one that names
  ///   nothing, in place of ending the walk.
  package init(in reader: Reader, passingOverDamage: Bool = false) {
    self.reader = reader
    passesOver = passingOverDamage
  }

  /// Adds everything that `start` leads to and that was not reached yet, and calls `object` for each
  /// object after everything that it names, with the chunks of its blobs not met before.
  ///
  /// - Throws: ``ObjectStoreError``, what `object` throws.
  /// - Complexity: O(objects reached).
  package mutating func add(
    _ start: [ObjectInspection.Link],
    object: (ObjectInspection.Link, [ChunkID]) throws -> Void = { _, _ in }
  ) throws {
    // A stack of its own: histories are longer than the thread's.
    var stack = start.reversed().map { Step.enter($0) }
    while let step = stack.popLast() {
      switch step {
      case .enter(let link):
        guard objects.insert(link.id).inserted else { continue }
        let links = try links(of: link)
        let new = links.blobs.flatMap(\.chunks).filter { chunks.insert($0).inserted }
        stack.append(.leave(link, new))
        stack += links.objects.reversed().map { .enter($0) }
      case .leave(let link, let new):
        try object(link, new)
      }
    }
  }

  private func links(of link: ObjectInspection.Link) throws -> ObjectInspection.Links {
    do {
      return try ObjectInspection.links(of: link.id, type: link.type, in: reader)
    } catch let error as ObjectStoreError {
      switch error {
      case .missing, .corrupted, .malformed:
        guard passesOver else { throw error }
        return ObjectInspection.Links()
      default: throw error
      }
    }
  }
}
