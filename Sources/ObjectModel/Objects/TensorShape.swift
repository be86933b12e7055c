package import Tensors

// An element type and the dimensions that follow it on a line.
extension CanonicalFieldReader {
  mutating func elementType() throws -> ElementType {
    let name = try token()
    guard let type = ElementType(rawValue: name) else {
      throw malformed("\(name) is not an element type")
    }
    return type
  }

  /// Reads the dimensions, which are the last values of the line.
  mutating func shape() throws -> [Int] {
    var shape: [Int] = []
    while !isAtEnd {
      guard shape.count < CanonicalLimits.dimensions else { throw malformed("too many dimensions") }
      shape.append(try count())
    }
    return shape
  }
}

/// The product of `dimensions` (1 for a scalar), or `nil` where one is negative or it overflows.
package func elementCount(ofShape dimensions: [Int]) -> Int? {
  var product = 1
  for dimension in dimensions {
    let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
    guard dimension >= 0, !overflow else { return nil }
    product = next
  }
  return product
}

/// The bytes of a tensor, or `nil` where the shape does not fill whole blocks or the number
/// overflows. The blocks of a quantised type lie along the last dimension.
package func byteCount(ofShape shape: [Int], type: ElementType) -> Int? {
  guard let elements = elementCount(ofShape: shape),
    (shape.last ?? 1).isMultiple(of: type.elementsPerBlock)
  else { return nil }
  return type.byteCount(elements: elements)
}
