package import Tensors

/// One edit of a model: what it changes, tensor by tensor. It is the truth of the ledger: weights
/// are derived from deltas, never the other way round.
package struct Delta: CanonicalObject {
  package static let typeName = "delta"

  /// The change to one tensor.
  package struct TensorChange: Hashable, Sendable {
    package let tensor: String
    package let form: Form

    package init(tensor: String, form: Form) {
      self.tensor = tensor
      self.form = form
    }
  }

  /// How a tensor changes.
  package enum Form: Hashable, Sendable {
    /// `W += U·V`, one rank index after the other, each by a fused multiply-add.
    case lowRank(LowRank)
    /// Some elements have a number added to them.
    case sparse(Sparse)
    /// The whole tensor becomes another.
    case replacement(Replacement)
  }

  /// Factors of a matrix `out×in` in one plain floating-point type (F32, BF16 or F16).
  package struct LowRank: Hashable, Sendable {
    package let elementType: ElementType
    package let rank: Int
    /// Rows of the matrix.
    package let out: Int
    /// Columns of the matrix.
    package let `in`: Int
    /// `U`, `out×rank`, row after row.
    package let u: Blob
    /// `V`, `rank×in`, row after row.
    package let v: Blob

    package init(elementType: ElementType, rank: Int, out: Int, in: Int, u: Blob, v: Blob) {
      self.elementType = elementType
      self.rank = rank
      self.out = out
      self.in = `in`
      self.u = u
      self.v = v
    }
  }

  /// `count` numbers to add, each at its own element.
  package struct Sparse: Hashable, Sendable {
    package let elementType: ElementType
    package let shape: [Int]
    package let count: Int
    /// Indices into the elements in row order, strictly increasing, little-endian: 4 bytes each
    /// where the tensor has at most 2³² elements, else 8.
    package let indices: Blob
    /// The numbers, in the order of the indices.
    package let values: Blob

    package init(
      elementType: ElementType, shape: [Int], count: Int, indices: Blob, values: Blob
    ) {
      self.elementType = elementType
      self.shape = shape
      self.count = count
      self.indices = indices
      self.values = values
    }

    /// Bytes of one index, or `nil` where the shape is impossible.
    package var indexBytes: Int? {
      elementCount(ofShape: shape).map { $0 <= 1 << 32 ? 4 : 8 }
    }
  }

  /// A whole tensor, in any type that weights may have.
  package struct Replacement: Hashable, Sendable {
    package let elementType: ElementType
    package let shape: [Int]
    package let data: Blob

    package init(elementType: ElementType, shape: [Int], data: Blob) {
      self.elementType = elementType
      self.shape = shape
      self.data = data
    }
  }

  /// At least one; sorted by the UTF-8 of the tensors' names.
  package let changes: [TensorChange]

  /// A delta; the changes are put into order here.
  package init(changes: [TensorChange]) {
    self.changes = changes.sorted { precedesInUTF8($0.tensor, $1.tensor) }
  }

  /// Every blob of the delta, in the order of the text.
  package var blobs: [Blob] { changes.flatMap(\.form.blobs) }
}

extension Delta.Form {
  /// The blobs of the change, in the order of the text.
  package var blobs: [Blob] {
    switch self {
    case .lowRank(let factors): [factors.u, factors.v]
    case .sparse(let sparse): [sparse.indices, sparse.values]
    case .replacement(let replacement): [replacement.data]
    }
  }
}
