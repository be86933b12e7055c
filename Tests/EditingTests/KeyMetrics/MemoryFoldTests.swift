import Editing
import LanguageModel
import ModelStore
import Tensors
import TestSupport
import Testing

/// An editor that looks back keeps what it has made of one chain, and is asked about others.
@Suite struct MemoryFoldTests {
  @Test(arguments: ["rledit-recursive", "alphaedit"])
  func anEditorEditsOnAnyChainAsOneThatHasSeenNoOther(_ name: String) throws {
    let setting = try EditorSetting()
    let covariance = try setting.covariance(tokens: name == "alphaedit" ? 60 : 600)
    let method = try EditorCatalogue.method(named: name)
    func editor() throws -> any Editor {
      try setting.editor(method, places: EditorSetting.down([0, 1]), covariance: covariance)
    }
    var generator = SeededGenerator(seed: 31)
    func batch(wider by: Int = 0) throws -> EditMemory {
      var keys: [KeyPlace: StoredFactor] = [:]
      for place in EditorSetting.down([0, 1]).map(\.keyPlace) {
        let size = by + (covariance.moments[place].map(\.sum.rows) ?? 0)
        keys[place] = try StoredFactor(
          quantizing: Matrix(rows: 3, columns: size, elements: generator.normals(3 * size)),
          as: .float32)
      }
      return EditMemory(keys)
    }
    let batches = try (0..<4).map { _ in try batch() }
    // What a chain has is one object, however often it is asked about.
    var chains: [EditingState] = []
    for members in [[0], [0, 1], [2], [], [2, 3, 1], [2, 3]] {
      let longer = chains.last { $0.memory.batches.count < members.count && members.first == 0 }
      var state = longer ?? EditingState()
      for member in members.dropFirst(state.memory.batches.count) {
        state.memory.merge(batches[member])
      }
      chains.append(state)
    }
    let known = try editor()
    var seen: Set<[Float]> = []
    for state in chains + chains.reversed() {
      let outcome = try setting.edit(known, state: state)
      let fresh = try setting.edit(editor(), state: state)
      #expect(outcome.updates == fresh.updates)
      let update = try #require(outcome.updates.first)
      seen.insert(try setting.change(update).rounded.elements)
    }
    // The chains are different, and each came twice.
    #expect(seen.count == chains.count)

    // Keys of another width end an edit in the midst of taking them in, and leave nothing behind.
    var broken = chains[1]
    broken.memory.merge(try batch(wider: 1))
    #expect(throws: EditingError.badMemory) { try setting.edit(known, state: broken) }
    for state in chains[..<2] {
      let outcome = try setting.edit(known, state: state)
      #expect(try outcome.updates == setting.edit(editor(), state: state).updates)
    }
  }
}
