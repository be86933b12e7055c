package import Tensors

/// A run of rows through a hypernetwork, with what the way back needs.
package struct HypernetworkPass: Sendable {
  /// What a block computed.
  fileprivate struct Record: Sendable {
    let input: Matrix  // (rows, size)
    let inner: Matrix  // (rows, rank), input·A
    let outer: Matrix  // (rows, size), inner·B + b, which ReLU is given
  }

  /// `rows×(in+out)`.
  package let output: Matrix
  fileprivate let records: [Record]
  fileprivate let modules: [Int]
}

extension Hypernetwork {
  /// Runs normalised rows `rows×(in+out)` through the blocks.
  ///
  /// A row's result does not depend on the rows beside it.
  ///
  /// - Parameter modules: the number of the matrix that each row belongs to.
  package func run(_ rows: Matrix, modules: [Int], compute: Compute) -> HypernetworkPass {
    precondition(modules.count == rows.rows, "one module a row")
    var x = rows
    var records: [HypernetworkPass.Record] = []
    for block in blocks {
      let inner = compute.product(x, block.a)
      var outer = compute.product(inner, block.b)
      let input = x
      for (row, module) in modules.enumerated() {
        let (start, own) = (row * size, module * size)
        for column in 0..<size {
          let place = start + column
          outer.elements[place] += block.bias[column]
          let scaled = block.scale.elements[own + column] * max(0, outer.elements[place])
          x.elements[place] += scaled + block.shift.elements[own + column]
        }
      }
      records.append(.init(input: input, inner: inner, outer: outer))
    }
    return HypernetworkPass(output: x, records: records, modules: modules)
  }

  /// Adds to `gradient` what the gradient `dOutput` with respect to a pass's output (`rows×(in+out)`)
  /// gives for the blocks' parameters. Sums over rows run in their order.
  ///
  /// ReLU's derivative at 0 is taken as 1, as MALMEN's `clamp` has it: every block starts there, and
  /// with 0 it would never leave.
  ///
  /// - Returns: the gradient with respect to the pass's input.
  @discardableResult
  package func addGradient(
    of pass: HypernetworkPass, dOutput: Matrix, to gradient: inout Hypernetwork, compute: Compute
  ) -> Matrix {
    var dx = dOutput
    let rows = dx.rows
    for index in blocks.indices.reversed() {
      let (block, record) = (blocks[index], pass.records[index])
      // dx∘s where the block was active: the gradient with respect to what ReLU was given.
      var dInner = Matrix(rows: rows, columns: size)
      for (row, module) in pass.modules.enumerated() {
        for column in 0..<size {
          let place = row * size + column
          let (d, outer) = (dx.elements[place], record.outer.elements[place])
          gradient.blocks[index].scale.elements[module * size + column] += d * max(0, outer)
          gradient.blocks[index].shift.elements[module * size + column] += d
          guard outer >= 0 else { continue }
          let passed = d * block.scale.elements[module * size + column]
          dInner.elements[place] = passed
          gradient.blocks[index].bias[column] += passed
        }
      }
      let dRank = compute.product(dInner, transposed: block.b)
      compute.addProduct(transposed: record.inner, dInner, to: &gradient.blocks[index].b)
      compute.addProduct(transposed: record.input, dRank, to: &gradient.blocks[index].a)
      compute.add(compute.product(dRank, transposed: block.a), to: &dx)
    }
    return dx
  }
}
