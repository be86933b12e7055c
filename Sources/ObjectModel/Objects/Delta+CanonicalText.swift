import Tensors

extension Delta {
  package func write(to writer: inout CanonicalWriter) {
    for change in changes {
      let name = CanonicalValue.text(change.tensor)
      switch change.form {
      case .lowRank(let factors):
        writer.field(
          "low-rank", name, .token(factors.elementType.rawValue), .integer(factors.rank),
          .integer(factors.out), .integer(factors.in))
        writer.field("u", factors.u)
        writer.field("v", factors.v)
      case .sparse(let sparse):
        writer.field(
          "sparse",
          [name, .token(sparse.elementType.rawValue), .integer(sparse.count)]
            + sparse.shape.map { .integer($0) })
        writer.field("indices", sparse.indices)
        writer.field("values", sparse.values)
      case .replacement(let replacement):
        writer.field(
          "replacement",
          [name, .token(replacement.elementType.rawValue)]
            + replacement.shape.map { .integer($0) })
        writer.field("data", replacement.data)
      }
    }
  }

  package init(from reader: inout CanonicalReader) throws {
    var changes: [TensorChange] = []
    while let change = try Self.readChange(&reader) { changes.append(change) }
    self.changes = changes
  }

  private static func readChange(_ reader: inout CanonicalReader) throws -> TensorChange? {
    if let (name, type, rank, out, columns) = try reader.optionalField(
      "low-rank",
      {
        (
          try $0.text(), try $0.elementType(), try $0.count(), try $0.count(), try $0.count()
        )
      })
    {
      let factors = LowRank(
        elementType: type, rank: rank, out: out, in: columns,
        u: try reader.field("u") { try $0.blob() }, v: try reader.field("v") { try $0.blob() })
      return TensorChange(tensor: name, form: .lowRank(factors))
    }
    if let (name, type, count, shape) = try reader.optionalField(
      "sparse", { (try $0.text(), try $0.elementType(), try $0.count(), try $0.shape()) })
    {
      let sparse = Sparse(
        elementType: type, shape: shape, count: count,
        indices: try reader.field("indices") { try $0.blob() },
        values: try reader.field("values") { try $0.blob() })
      return TensorChange(tensor: name, form: .sparse(sparse))
    }
    if let (name, type, shape) = try reader.optionalField(
      "replacement", { (try $0.text(), try $0.elementType(), try $0.shape()) })
    {
      let replacement = Replacement(
        elementType: type, shape: shape, data: try reader.field("data") { try $0.blob() })
      return TensorChange(tensor: name, form: .replacement(replacement))
    }
    return nil
  }

  package func validate() throws {
    guard !changes.isEmpty else { throw invalid("no tensor changes") }
    try requireIncreasing(changes.map(\.tensor), "tensor")
    for change in changes where !change.form.hasConsistentSizes {
      throw invalid("the change of tensor \"\(change.tensor)\" has not the bytes of its shape")
    }
  }
}

extension Delta.Form {
  /// Whether types are allowed ones and every blob has exactly the bytes which the shape asks for.
  fileprivate var hasConsistentSizes: Bool {
    switch self {
    case .lowRank(let factors):
      return factors.elementType.isPlainFloat
        && factors.rank > 0 && factors.out > 0 && factors.in > 0
        && byteCount(ofShape: [factors.out, factors.rank], type: factors.elementType)
          == factors.u.byteCount
        && byteCount(ofShape: [factors.rank, factors.in], type: factors.elementType)
          == factors.v.byteCount
    case .sparse(let sparse):
      guard sparse.elementType.isPlainFloat, sparse.shape.count <= CanonicalLimits.dimensions,
        let elements = elementCount(ofShape: sparse.shape), let width = sparse.indexBytes,
        (1...max(elements, 1)).contains(sparse.count), sparse.count <= elements
      else { return false }
      let (bytes, overflow) = sparse.count.multipliedReportingOverflow(by: width)
      return !overflow && bytes == sparse.indices.byteCount
        && sparse.elementType.byteCount(elements: sparse.count) == sparse.values.byteCount
    case .replacement(let replacement):
      return replacement.elementType.isWeightType
        && replacement.shape.count <= CanonicalLimits.dimensions
        && byteCount(ofShape: replacement.shape, type: replacement.elementType)
          == replacement.data.byteCount
    }
  }
}

extension ElementType {
  /// Whether delta factors and added numbers may have this type.
  fileprivate var isPlainFloat: Bool {
    switch self {
    case .float32, .bfloat16, .float16: true
    default: false
    }
  }
}
