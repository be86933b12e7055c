/// What can be wrong with a tensor or with the wish for kernels.
package enum TensorError: Error, Sendable, Equatable {
  /// The machine cannot run the instruction set that was asked for.
  case instructionSetUnavailable(InstructionSet)
  /// The segments of a stored matrix do not hold its rows: a stored length disagrees with a shape.
  case segmentsDoNotFillMatrix(rows: Int, found: Int)
  /// Elements of this type cannot be widened to binary32 by the kernels.
  case notAWeightType(ElementType)
  /// A row does not fill whole blocks of its element type.
  case rowDoesNotFillBlocks(columns: Int, elementType: ElementType)
}
