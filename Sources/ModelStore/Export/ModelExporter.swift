import ModelFiles
import ObjectModel
package import Tensors

/// Writes a revision's weights as a Hugging Face model directory.
package struct ModelExporter {
  private let model: StoredModel
  private let weights: EditedWeights
  private let compute: Compute

  /// - Parameters:
  ///   - model: the base.
  ///   - weights: the revision's weights over that base, as ``Materializer`` gives them.
  package init(model: StoredModel, weights: EditedWeights, compute: Compute) {
    self.model = model
    self.weights = weights
    self.compute = compute
  }

  /// Writes `model.safetensors` and the files kept beside the weights into the directory `path`,
  /// which appears complete and on disk or not at all.
  ///
  /// Weights are narrowed once, to nearest, ties to even; tables of integers stay as they are, and
  /// so do weights which are of that type already. The same weights give the same bytes.
  ///
  /// - Parameters:
  ///   - replacing: whether an earlier export at `path` may be replaced.
  ///   - progress: called with the bytes of weights written; where it throws, the export ends.
  /// - Throws: ``ModelStoreError/destinationInUse(path:entry:)``,
  ///   ``ModelStoreError/weightTooLarge(tensor:elementType:)``,
  ///   ``ModelFiles/ModelFileError/inputOutput(path:errno:)`` (`ENOSPC` for a full disk); as
  ///   ``StoredModel/weight(named:)``; `CancellationError`.
  /// - Complexity: O(elements); memory for a few million of them.
  package func export(
    to path: String, precision: ExportPrecision, replacing: Bool = false,
    progress: (TransferProgress) throws -> Void = { _ in }
  ) throws {
    let directory = try ExportDirectory(
      path: path, replacing: replacing,
      ownNames: Set(HuggingFaceFile.kept + [SafetensorsCheckpoint.singleFileName]))
    for file in model.manifest.files {
      var bytes = try model.file(named: file.name)
      if file.name == HuggingFaceFile.configuration {
        bytes = try ExportedConfiguration.text(bytes, precision: precision)
      }
      try AtomicFile.write(bytes, to: "\(directory.temporaryPath)/\(file.name)")
    }
    try writeWeights(
      to: "\(directory.temporaryPath)/\(SafetensorsCheckpoint.singleFileName)", precision, progress)
    try directory.finish()
  }

  private func writeWeights(
    to path: String, _ precision: ExportPrecision, _ progress: (TransferProgress) throws -> Void
  ) throws {
    let writer = try SafetensorsWriter(
      path: path,
      tensors: model.manifest.tensors.map { tensor in
        .init(
          name: tensor.name,
          elementType: tensor.elementType.isWeightType ? precision.elementType : tensor.elementType,
          shape: tensor.shape)
      },
      // Hugging Face's loaders ask for it.
      metadata: ["format": "pt"])
    let total = writer.layout.reduce(0) { $0 + $1.byteCount }
    var done = 0
    for stored in writer.layout {
      let tensor = try model.tensor(named: stored.name)
      try forEachPart(of: tensor, precision) { part in
        try Task.checkCancellation()
        try writer.append(part, to: stored.name)
        done += part.count
        try progress(TransferProgress(bytesDone: done, bytesTotal: total))
      }
    }
    try writer.finish()
  }

  /// Calls `body` with the bytes to write for the tensor, part by part.
  private func forEachPart(
    of tensor: ModelManifest.Tensor, _ precision: ExportPrecision,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let elementType = precision.elementType
    let staysAsItIs = tensor.elementType == elementType || !tensor.elementType.isWeightType
    if staysAsItIs, weights.editedBuffer(named: tensor.name) == nil {
      try model.withBytes(of: tensor) { try $0.forEach(body) }
      return
    }
    let view = try weights.weight(named: tensor.name)
    let rowsAtOnce = max(1, (1 << 20) / max(1, view.columns))
    for first in stride(from: 0, to: view.rows, by: rowsAtOnce) {
      let rows = first..<min(view.rows, first + rowsAtOnce)
      let part = compute.widened(view, rows: Array(rows)).elements
      let bytes = try part.withUnsafeBufferPointer {
        try Narrowing.bytes(of: $0, as: elementType)
      }
      try bytes.withUnsafeBytes { bytes in
        // A base may hold infinities of its own, as in a mask; none may come up by narrowing.
        if !FloatingBytes.areFinite(bytes, elementType),
          part.contains(where: { $0.isFinite && abs($0) >= precision.overflow })
        {
          throw ModelStoreError.weightTooLarge(
            tensor: tensor.name, elementType: elementType.rawValue)
        }
        try body(bytes)
      }
    }
  }
}
