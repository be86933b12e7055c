import Foundation

/// The weights of a model stored as safetensors: one file, or the shards that an index lists.
package struct SafetensorsCheckpoint: Sendable {
  /// A tensor and the file that holds it.
  package struct Entry: Sendable {
    package let tensor: StoredTensor
    package let file: SafetensorsFile

    /// The tensor's bytes; valid while the file lives.
    package var bytes: UnsafeRawBufferPointer { file.bytes(of: tensor) }
  }

  package static let singleFileName = "model.safetensors"
  package static let indexFileName = "model.safetensors.index.json"

  /// What was opened: the file, or the directory.
  package let path: String
  /// In the order of the shards' names and, in each, of the bytes.
  package let entries: [Entry]
  /// The files, sorted by name.
  package let files: [SafetensorsFile]

  private let positions: [UTF8Key: Int]

  /// Opens a `.safetensors` file, or a directory with `model.safetensors` or
  /// `model.safetensors.index.json` (the single file counts where both are there, as for Hugging
  /// Face's loaders).
  ///
  /// A tensor that a shard holds and the index leaves out is not part of the checkpoint.
  ///
  /// - Throws: `ModelFileError.notAModel` for a directory with neither; the errors of
  ///   ``SafetensorsFile``; `ModelFileError.malformedJSON` and `ModelFileError.malformedShardIndex`.
  package init(path: String) throws {
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    if exists, isDirectory.boolValue {
      try self.init(directory: path)
    } else {
      let file = try SafetensorsFile(path: path)
      self.init(path: path, files: [file], entries: SafetensorsCheckpoint.entries(of: file))
    }
  }

  private init(directory: String) throws {
    let single = "\(directory)/\(Self.singleFileName)"
    let index = "\(directory)/\(Self.indexFileName)"
    if FileManager.default.fileExists(atPath: single) {
      let file = try SafetensorsFile(path: single)
      self.init(path: directory, files: [file], entries: Self.entries(of: file))
    } else if FileManager.default.fileExists(atPath: index) {
      try self.init(directory: directory, shardsOf: ShardIndex(path: index))
    } else {
      throw ModelFileError.notAModel(path: directory)
    }
  }

  private init(directory: String, shardsOf index: ShardIndex) throws {
    var files: [SafetensorsFile] = []
    var entries: [Entry] = []
    for (shard, names) in index.shards {
      let path = "\(directory)/\(shard)"
      guard FileManager.default.fileExists(atPath: path) else {
        throw ModelFileError.malformedShardIndex(path: index.path, fault: .missingShard(shard))
      }
      let file = try SafetensorsFile(path: path)
      files.append(file)
      for name in names where file[name] == nil {
        throw ModelFileError.malformedShardIndex(
          path: index.path, fault: .tensorNotInShard(tensor: name, shard: shard))
      }
      let listed = Set(names.map { UTF8Key($0) })
      entries += Self.entries(of: file).filter { listed.contains(UTF8Key($0.tensor.name)) }
    }
    self.init(path: directory, files: files, entries: entries)
  }

  private init(path: String, files: [SafetensorsFile], entries: [Entry]) {
    self.path = path
    self.files = files
    self.entries = entries
    positions = Dictionary(
      entries.enumerated().map { (UTF8Key($1.tensor.name), $0) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func entries(of file: SafetensorsFile) -> [Entry] {
    file.tensors.map { Entry(tensor: $0, file: file) }
  }

  /// The entry of that name, or `nil`.
  package subscript(name: String) -> Entry? {
    positions[UTF8Key(name)].map { entries[$0] }
  }

  /// The entry of that name.
  ///
  /// - Throws: `ModelFileError.missingTensor`.
  package func entry(named name: String) throws -> Entry {
    guard let entry = self[name] else {
      throw ModelFileError.missingTensor(path: path, tensor: name)
    }
    return entry
  }
}
