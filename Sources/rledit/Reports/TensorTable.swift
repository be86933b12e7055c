/// The changes of weights as a table.
enum TensorTable {
  static func lines(_ changes: [TensorChange], on terminal: Terminal) -> [String] {
    guard !changes.isEmpty else { return [] }
    let rows = changes.map { change in
      [
        change.tensor, Wording.shape(change.shape), String(change.rank),
        Quantity.measured(change.norm), Quantity.percent(change.relativeNorm),
      ]
    }
    let table = Table(
      header: ["tensor", "shape", "rank", "‖change‖", "of ‖base‖"], rows: rows,
      alignsLeft: [true, false, false, false, false])
    return table.lines(on: terminal)
  }
}
