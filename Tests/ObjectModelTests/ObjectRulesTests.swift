import ObjectModel
import Tensors
import Testing

/// What an object's type forbids is refused when it is written; `decode` runs the same checks.
@Suite struct ObjectRulesTests {
  private func expectInvalid(_ object: some CanonicalObject) {
    #expect {
      try object.encoded()
    } throws: { error in
      guard case .invalid? = error as? ObjectModelError else { return false }
      return true
    }
  }

  private func delta(_ form: Delta.Form) -> Delta {
    Delta(changes: [.init(tensor: "w", form: form)])
  }

  private func lowRank(
    _ type: ElementType = .float32, rank: Int = 2, out: Int = 4, in columns: Int = 8, u: Int = 32,
    v: Int = 64
  ) throws -> Delta {
    delta(
      .lowRank(
        .init(
          elementType: type, rank: rank, out: out, in: columns,
          u: try Sample.blob(u, hash: 1, first: 1), v: try Sample.blob(v, hash: 1, first: 9))))
  }

  @Test func factorsMustHaveTheBytesOfTheirShape() throws {
    _ = try lowRank().encoded()
    expectInvalid(try lowRank(u: 33))
    expectInvalid(try lowRank(v: 60))
    expectInvalid(try lowRank(rank: 0, u: 0, v: 0))
    expectInvalid(try lowRank(.eightBitBlocks))
    expectInvalid(try lowRank(rank: .max))
    expectInvalid(try lowRank(rank: 1 << 62, u: 0, v: 0))
    expectInvalid(try lowRank(rank: -2))
  }

  @Test func sparseChangesMustHaveTheBytesOfTheirCount() throws {
    func sparse(_ count: Int, _ shape: [Int], _ indices: Int, _ values: Int) throws -> Delta {
      delta(
        .sparse(
          .init(
            elementType: .bfloat16, shape: shape, count: count,
            indices: try Sample.blob(indices, hash: 1, first: 1),
            values: try Sample.blob(values, hash: 1, first: 9))))
    }
    _ = try sparse(3, [2, 2], 12, 6).encoded()
    _ = try sparse(3, [1 << 32], 12, 6).encoded()
    _ = try sparse(3, [1 << 32, 2], 24, 6).encoded()
    expectInvalid(try sparse(3, [1 << 32, 2], 12, 6))
    expectInvalid(try sparse(5, [2, 2], 20, 10))
    expectInvalid(try sparse(0, [2, 2], 0, 0))
    expectInvalid(try sparse(1, [2, 0], 4, 2))
    expectInvalid(try sparse(3, [.max, .max], 12, 6))
  }

  @Test func replacementsMustBeWeightsOfTheirShape() throws {
    func replacement(_ type: ElementType, _ shape: [Int], _ bytes: Int) throws -> Delta {
      delta(
        .replacement(
          .init(
            elementType: type, shape: shape, data: try Sample.blob(bytes, hash: 1, first: 1))))
    }
    _ = try replacement(.eightBitBlocks, [3, 32], 102).encoded()
    expectInvalid(try replacement(.eightBitBlocks, [32, 3], 102))
    expectInvalid(try replacement(.int32, [1], 4))
    expectInvalid(try replacement(.float32, [Int](repeating: 1, count: 9), 4))
  }

  @Test func aDeltaChangesEachOfItsTensorsOnce() throws {
    expectInvalid(Delta(changes: []))
    let change = try #require(try Sample.delta().changes.first)
    expectInvalid(Delta(changes: [change, change]))
  }

  @Test func tensorsOfAModelAreDistinctAndLieWhereTheModelDoes() throws {
    func model(
      _ names: [String], storage: ModelManifest.Storage = .copied, offset: Int? = nil,
      bytes: Int = 8
    ) throws -> ModelManifest {
      ModelManifest(
        architecture: "A", sourceName: "s", sourceFormat: "gguf", storage: storage,
        tensors: try names.map {
          .init(
            name: $0, elementType: .float32, shape: [2],
            blob: try Sample.blob(bytes, hash: 1, first: 1),
            location: offset.map { .init(file: "f", byteOffset: $0) })
        }, files: [])
    }
    let sorted = try model(["b", "é", "a", "e\u{301}"])
    _ = try sorted.encoded()
    #expect(sorted.tensors.map(\.name.utf8.count) == [1, 1, 3, 2])
    #expect(sorted.tensor(named: "b")?.name == "b")
    #expect(sorted.tensor(named: "c") == nil && sorted.tensor(named: "zz") == nil)
    expectInvalid(try model(["a", "a"]))
    expectInvalid(try model(["a"], bytes: 9))
    expectInvalid(try model(["a"], offset: 0))
    expectInvalid(try model(["a"], storage: .linked(path: "/")))
    expectInvalid(try model(["a"], storage: .linked(path: "/"), offset: -1))
    _ = try model(["a"], storage: .linked(path: "/"), offset: 0).encoded()
  }

  /// A manifest from elsewhere must not have an export write, or a linked model read, outside its directory.
  @Test(arguments: [
    "", ".", "..", "/", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "a/./b", "a\0b", "a\nb",
    String(repeating: "n", count: 256),
  ])
  func filesOfAModelStayInItsDirectory(_ name: String) throws {
    func model(file: String, location: String) throws -> ModelManifest {
      ModelManifest(
        architecture: "A", sourceName: "s", sourceFormat: "gguf", storage: .linked(path: "/m"),
        tensors: [
          .init(
            name: "w", elementType: .float32, shape: [2],
            blob: try Sample.blob(8, hash: 1, first: 1),
            location: .init(file: location, byteOffset: 0))
        ], files: [NamedBlob(name: file, blob: try Sample.blob(1, hash: 1, first: 1))])
    }
    _ = try model(file: "config.json", location: "shards/a.safetensors").encoded()
    expectInvalid(try model(file: name, location: "f"))
    expectInvalid(try model(file: "f", location: name))
    expectInvalid(try model(file: "shards/config.json", location: "f"))
  }

  @Test func commitsNameEachThingOnce() throws {
    func commit(_ change: (inout Commit) throws -> Void) throws -> Commit {
      var commit = try Sample.commit()
      try change(&commit)
      return commit
    }
    expectInvalid(try commit { $0.parents.append($0.parents[0]) })
    expectInvalid(try commit { $0.parents = try (0..<65).map { try Sample.digest($0) } })
    expectInvalid(try commit { $0.added.append($0.added[0]) })
    expectInvalid(try commit { $0.omitted = [.init(sequence: -1, delta: try Sample.digest(1))] })
    expectInvalid(try commit { $0.metrics.append($0.metrics[0]) })
    expectInvalid(try commit { $0.operation = .init("two words") })
    expectInvalid(try commit { $0.chain = nil })
  }

  @Test func aChainsNumbersAgree() throws {
    expectInvalid(Chain(nextSequence: 1, activeCount: 2, root: try Sample.digest(1)))
    expectInvalid(Chain(nextSequence: 1, activeCount: 1, root: nil))
    expectInvalid(Chain(nextSequence: 1, activeCount: 0, root: try Sample.digest(1)))
    expectInvalid(Chain(nextSequence: -1, activeCount: 0, root: nil))
    expectInvalid(Chain(nextSequence: .max, activeCount: 0, root: nil))
    expectInvalid(ChainNode(deltas: []))
    expectInvalid(ChainNode(deltas: [.init(index: 32, id: try Sample.digest(1))]))
    expectInvalid(
      ChainNode(deltas: try [3, 3].map { .init(index: $0, id: try Sample.digest(1)) }))
    expectInvalid(ChainNode(level: 0, nodes: [.init(index: 0, id: try Sample.digest(1))]))
    expectInvalid(ChainNode(level: 12, nodes: [.init(index: 0, id: try Sample.digest(1))]))
  }

  @Test func heightsGrowWithEachPowerOfThirtyTwo() {
    #expect(
      [0, 1, 32, 33, 1024, 1025, 32768, 32769].map(Chain.height) == [1, 1, 1, 2, 2, 3, 3, 4])
    #expect(Chain.height(forNextSequence: 1 << 60) == 12)
  }
}
