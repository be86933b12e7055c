/// The databases of a store. Raw values are their names in the LMDB environment.
package enum Database: String, CaseIterable, Sendable {
  /// ChunkID → the chunk's bytes.
  case chunks
  /// ObjectID → canonical text.
  case objects
  /// Reference name → reference.
  case references = "refs"
  /// Operation number, 8 bytes big-endian → canonical text of the operation.
  case operations = "oplog"
  /// Name → property of the store.
  case properties = "meta"
  /// Snapshots of states, which can be derived again; see ``StateSnapshotKey``. Stores made before there
  /// were any get it when they are opened.
  case snapshots
}
