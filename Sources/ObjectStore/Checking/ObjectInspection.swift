package import ObjectModel

/// What can be told of an object of any type.
package enum ObjectInspection {
  /// An object that another one names.
  package struct Link: Hashable, Sendable {
    package let type: String
    package let id: Digest256

    package init(type: String, id: Digest256) {
      self.type = type
      self.id = id
    }

    init<Kind>(_ id: ObjectID<Kind>) {
      self.init(type: Kind.typeName, id: id.digest)
    }
  }

  /// The types that there are.
  static let types: Set<String> = [
    ModelManifest.typeName, Delta.typeName, Chain.typeName, ChainNode.typeName, Commit.typeName,
    Tag.typeName, Attachment.typeName,
  ]

  /// The object that a reference names; `nil` where it names another reference.
  package static func link(of reference: Reference) -> Link? {
    switch reference {
    case .commit(let id): Link(id)
    case .tag(let id): Link(id)
    case .symbolic: nil
    }
  }

  /// Everything that an object names.
  package struct Links: Sendable {
    package var objects: [Link] = []
    /// Blobs whose bytes lie in the store.
    package var blobs: [Blob] = []
  }

  /// What is wrong with the object in itself; `nil` where nothing is.
  static func problem(
    of id: Digest256, type: String, in reader: some StoreReading
  ) throws -> StoreFault.Problem? {
    do {
      _ = try links(of: id, type: type, in: reader)
      return nil
    } catch ObjectStoreError.corrupted(_, let foundHash) {
      return .corrupted(foundHash: foundHash)
    } catch ObjectStoreError.malformed(_, let reason) {
      return .malformed(reason: reason)
    }
  }

  /// What the object names.
  ///
  /// - Throws: as ``StoreReading/object(_:)``; ``ObjectStoreError/malformed(_:reason:)`` where there
  ///   is no such type.
  package static func links(
    of id: Digest256, type: String, in reader: some StoreReading
  ) throws -> Links {
    switch type {
    case ModelManifest.typeName: try links(reader.object(ModelID(id)))
    case Delta.typeName: Links(blobs: try reader.object(DeltaID(id)).blobs)
    case Chain.typeName:
      Links(objects: try reader.object(ChainID(id)).root.map { [Link($0)] } ?? [])
    case ChainNode.typeName: try links(reader.object(ChainNodeID(id)))
    case Commit.typeName: try links(reader.object(CommitID(id)))
    case Tag.typeName: Links(objects: [Link(try reader.object(TagID(id)).target)])
    case Attachment.typeName:
      Links(blobs: try reader.object(AttachmentID(id)).files.map(\.blob))
    default: try refuse(id, type, in: reader)
    }
  }

  private static func links(_ model: ModelManifest) -> Links {
    var blobs = model.files.map(\.blob)
    if model.storage == .copied { blobs += model.tensors.map(\.blob) }
    return Links(blobs: blobs)
  }

  private static func links(_ node: ChainNode) -> Links {
    switch node.entries {
    case .deltas(let deltas): Links(objects: deltas.map { Link($0.id) })
    case .nodes(let nodes): Links(objects: nodes.map { Link($0.id) })
    }
  }

  private static func links(_ commit: Commit) -> Links {
    var objects = commit.parents.map { Link($0) }
    objects.append(Link(commit.model))
    objects += (commit.chain.map { [Link($0)] } ?? [])
    objects += (commit.added + commit.omitted).map { Link($0.delta) }
    if case .trained(let network)? = commit.recipe?.hypernetwork { objects.append(Link(network)) }
    objects += commit.attachments.values.map { Link($0) }
    return Links(objects: objects)
  }

  /// A text of no known type is damaged, or comes from a newer program: its hash tells which.
  private static func refuse(
    _ id: Digest256, _ type: String, in reader: some StoreReading
  ) throws -> Links {
    let item = StoredItem.object(type: type, id: id)
    guard let text = try reader.value(.objects, id.bytes) else {
      throw ObjectStoreError.missing(item)
    }
    let found = CommitID(ofText: text)
    guard found.digest == id else {
      throw ObjectStoreError.corrupted(item, foundHash: found.hex)
    }
    throw ObjectStoreError.malformed(item, reason: "an unknown type of object")
  }
}
