import ModelFiles
package import ObjectModel
package import ObjectStore
package import Tensors

/// How an edited model differs from weights here.
package struct ModelDifference: Sendable {
  /// One tensor that differs.
  package struct Tensor: Sendable {
    package let name: String
    /// `low-rank`, `sparse` or `replacement`.
    package let form: String
    /// Of the factors; `nil` where there are none.
    package let rank: Int?
    /// Elements that have a number added to them, after the factors where there are such.
    package let elements: Int?
    package let bytes: Int
  }

  /// In the order in which they are applied: the first changes every tensor that differs, a second one
  /// adds what factors leave over. None where nothing differs.
  package let deltas: [DeltaID]
  package let tensors: [Tensor]
}

extension ObjectStore {
  /// Stores what makes of the weights those of an edited model, to the bit.
  ///
  /// Each tensor's difference takes the form with the fewest bytes: the tensor as the edited model has it;
  /// the numbers to add to the elements that differ; or, for matrices of at most 2²⁶ elements, the first
  /// 1, 2, 4, … 64 singular triples of the difference in binary32 and the numbers to add after them.
  ///
  /// - Parameters:
  ///   - path: a safetensors file, a Hugging Face directory or a GGUF file with the model's tensors.
  ///   - progress: called with the tensors compared and their number, after each.
  /// - Throws: ``ModelFiles/ModelFileError``; ``ModelStoreError/unknownWeight(tensor:)`` for a tensor that
  ///   the model has not, ``ModelStoreError/editedModelLacks(path:tensor:)`` for one that only the model
  ///   has, ``ModelStoreError/deltaDoesNotFit(tensor:expected:found:)`` for another shape,
  ///   ``ModelStoreError/editedModelNotFinite(path:tensor:)``, ``ModelStoreError/notAWeightMatrix(tensor:shape:)`` for
  ///   a changed table of integers; the provider's errors, ``ObjectStore/ObjectStoreError``, what
  ///   `progress` throws.
  package func storeDifference(
    from weights: some WeightProvider, of model: StoredModel, toModelAt path: String,
    compute: Compute, progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> ModelDifference {
    let source = try ModelSource(path: path)
    let names = Set(source.tensors.map(\.name))
    for tensor in model.manifest.tensors where !names.contains(tensor.name) {
      throw ModelStoreError.editedModelLacks(path: path, tensor: tensor.name)
    }
    var (changes, residues): ([Delta.TensorChange], [Delta.TensorChange]) = ([], [])
    var described: [ModelDifference.Tensor] = []
    for (index, edited) in source.tensors.enumerated() {
      let tensor = try model.tensor(named: edited.name)
      guard tensor.shape == edited.shape else {
        throw ModelStoreError.deltaDoesNotFit(
          tensor: edited.name, expected: tensor.shape, found: edited.shape)
      }
      if let difference = try difference(
        of: edited, at: path, from: weights, tensor, in: model, compute)
      {
        let stored = try store(difference, of: edited)
        changes.append(stored.change)
        residues += stored.residue.map { [$0] } ?? []
        described.append(stored.description)
      }
      try progress(index + 1, source.tensors.count)
    }
    let deltas = try [changes, residues].filter { !$0.isEmpty }.map {
      try put(Delta(changes: $0))
    }
    return ModelDifference(deltas: deltas, tensors: described)
  }

  private func difference(
    of edited: ModelSource.Tensor, at path: String, from weights: some WeightProvider,
    _ tensor: ModelManifest.Tensor, in model: StoredModel, _ compute: Compute
  ) throws -> TensorDifference? {
    guard tensor.elementType.isWeightType else {
      let described = try ObjectStore.describeBlob(edited.blobSource())
      guard edited.elementType == tensor.elementType, described.sha256 == tensor.blob.sha256 else {
        throw ModelStoreError.notAWeightMatrix(tensor: edited.name, shape: edited.shape)
      }
      return nil
    }
    let target = compute.widenedBuffer(try edited.view())
    guard target.isFinite(compute) else {
      throw ModelStoreError.editedModelNotFinite(path: path, tensor: edited.name)
    }
    return try TensorDifference(
      of: edited.name, from: compute.widenedBuffer(try weights.weight(named: edited.name)),
      to: target, shape: edited.shape, storedBytes: edited.bytes.count, compute: compute)
  }

  private func store(
    _ difference: TensorDifference, of edited: ModelSource.Tensor
  ) throws -> (
    change: Delta.TensorChange, residue: Delta.TensorChange?, description: ModelDifference.Tensor
  ) {
    let name = edited.name
    func described(
      _ form: String, rank: Int? = nil, elements: Int? = nil
    ) -> ModelDifference.Tensor {
      .init(name: name, form: form, rank: rank, elements: elements, bytes: difference.bytes)
    }
    switch difference.form {
    case .replacement:
      let blob = try writeBlobs([edited.blobSource()])[0]
      return (
        .init(
          tensor: name,
          form: .replacement(
            .init(elementType: edited.elementType, shape: edited.shape, data: blob))),
        nil, described("replacement")
      )
    case .sparse(let sparse):
      return (
        .init(tensor: name, form: .sparse(try write(sparse))), nil,
        described("sparse", elements: sparse.indices.count)
      )
    case .lowRank(let update, let residue):
      let blobs = try writeBlobs([update.u.blobSource, update.v.blobSource])
      let factors = Delta.LowRank(update.u, update.v, blobs: (blobs[0], blobs[1]))
      let rest: Delta.TensorChange? =
        residue.indices.isEmpty
        ? nil
        : .init(tensor: name, form: .sparse(try write(residue)))
      return (
        .init(tensor: name, form: .lowRank(factors)), rest,
        described("low-rank", rank: update.rank, elements: residue.indices.count)
      )
    }
  }
}

extension ModelSource.Tensor {
  /// The tensor in Hugging Face's order, as a matrix.
  fileprivate func view() throws -> WeightView {
    let matrix = MatrixShape(shape)
    guard rowOrder != .asStored else {
      return try WeightView(
        elementType: elementType, rows: matrix.rows, columns: matrix.columns, parts: [bytes],
        owner: file)
    }
    let gathered = try GatheredRows(bytes: bytes, shape: shape, order: rowOrder).copied()
    return try WeightView(
      elementType: elementType, rows: matrix.rows, columns: matrix.columns,
      parts: [gathered.bytes], owner: gathered)
  }
}
