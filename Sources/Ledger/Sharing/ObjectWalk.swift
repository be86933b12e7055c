import ObjectModel
import ObjectStore

/// The objects and chunks that some objects lead to.
struct ObjectWalk {
  private(set) var objects: Set<Digest256> = []
  private(set) var chunks: Set<ChunkID> = []
  private let snapshot: ReadSnapshot

  init(in snapshot: ReadSnapshot) {
    self.snapshot = snapshot
  }

  /// Adds everything that `start` leads to and that was not reached yet, and calls `object` for each
  /// object after everything that it names, with the chunks of its blobs not met before.
  ///
  /// - Throws: ``ObjectStoreError``, what `object` throws.
  /// - Complexity: O(objects reached).
  mutating func add(
    _ start: [ObjectInspection.Link],
    object: (ObjectInspection.Link, [ChunkID]) throws -> Void = { _, _ in }
  ) throws {
    // A stack of its own: histories are longer than the thread's.
    enum Step {
      case enter(ObjectInspection.Link)
      case leave(ObjectInspection.Link, [ChunkID])
    }
    var stack = start.reversed().map { Step.enter($0) }
    while let step = stack.popLast() {
      switch step {
      case .enter(let link):
        guard objects.insert(link.id).inserted else { continue }
        let links = try ObjectInspection.links(of: link.id, type: link.type, in: snapshot)
        let new = links.blobs.flatMap(\.chunks).filter { chunks.insert($0).inserted }
        stack.append(.leave(link, new))
        stack += links.objects.reversed().map { .enter($0) }
      case .leave(let link, let new):
        try object(link, new)
      }
    }
  }
}
