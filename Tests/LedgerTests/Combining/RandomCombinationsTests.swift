import Ledger
import ObjectModel
import TestSupport
import Testing

/// Random sequences of commits (also of several deltas, as an edited model gives them), resets, reverts,
/// merges by every strategy, cherry-picks, rebases, squashes and compressions, against a model of plain
/// dictionaries and sets in which common ancestors are found by their definition.
@Suite struct RandomCombinationsTests {
  /// A commit of the plain model: deltas by number.
  private struct Plain {
    var parents: [CommitID] = []
    var chain = PlainChain()
    var added: [Int: DeltaID] = [:]
    var omitted: [Int: DeltaID] = [:]
  }

  private struct PlainChain: Equatable {
    var deltas: [Int: DeltaID] = [:]
    var next = 0

    var set: Set<DeltaID> { Set(deltas.values) }

    mutating func append(_ delta: DeltaID) {
      deltas[next] = delta
      next += 1
    }

    mutating func leaveOut(_ number: Int, _ delta: DeltaID) {
      if deltas[number] == delta {
        deltas[number] = nil
      } else if let place = deltas.filter({ $0.value == delta }).keys.max() {
        deltas[place] = nil
      }
    }

    mutating func putBack(_ number: Int, _ delta: DeltaID) {
      if number < next, deltas[number] == nil {
        deltas[number] = delta
      } else if number >= next || deltas[number] != delta {
        append(delta)
      }
    }
  }

  /// What a line of carried commits knows of where entries have gone.
  private struct Carrier {
    struct Entry: Hashable {
      let number: Int
      let delta: DeltaID
    }

    var chain: PlainChain
    var places: [Entry: Int] = [:]
    /// A merge on the other line gives a delta another number.
    var deltaPlaces: [DeltaID: Int] = [:]

    mutating func carry(_ commit: Plain, shared: Int) {
      for (number, delta) in commit.omitted.sorted(by: { $0.key < $1.key }) {
        let entry = Entry(number: number, delta: delta)
        chain.leaveOut(places[entry] ?? deltaPlaces[delta] ?? number, delta)
      }
      for (number, delta) in commit.added.sorted(by: { $0.key < $1.key }) {
        let entry = Entry(number: number, delta: delta)
        if let place = places[entry] ?? deltaPlaces[delta] {
          chain.putBack(place, delta)
        } else if number < shared {
          chain.putBack(number, delta)
        } else if !chain.set.contains(delta) {
          places[entry] = chain.next
          deltaPlaces[delta] = chain.next
          chain.append(delta)
        }
      }
    }
  }

  /// All commits by name.
  private struct World {
    var commits: [CommitID: Plain] = [:]

    func ancestors(_ id: CommitID) -> Set<CommitID> {
      var seen: Set<CommitID> = []
      var waiting = [id]
      while let next = waiting.popLast() {
        if seen.insert(next).inserted { waiting += commits[next]?.parents ?? [] }
      }
      return seen
    }

    func bases(_ first: CommitID, _ second: CommitID) -> [CommitID: Plain] {
      let common = ancestors(first).intersection(ancestors(second))
      let nearest = common.filter { candidate in
        !common.contains { $0 != candidate && ancestors($0).contains(candidate) }
      }
      return commits.filter { nearest.contains($0.key) }
    }

    /// Numbers below this mean the same on both sides: the next number of the nearest common ancestor, or
    /// of the one that several of those have.
    func shared(_ first: CommitID, _ second: CommitID) -> Int {
      let bases = bases(first, second)
      guard bases.count > 1 else { return bases.first.map { $0.value.chain.next } ?? 0 }
      let ids = bases.keys.sorted()
      return ids.dropFirst().map { shared(ids[0], $0) }.min() ?? 0
    }
  }

  @Test(arguments: 1...10)
  func randomCombinationsAgreeWithAPlainModel(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let fixture = try Fixture()
    let ledger = fixture.ledger
    var head = try fixture.commitRoot()
    var world = World(commits: [head: Plain()])

    /// Takes over a commit that the ledger made, with the chain that the plain model expects.
    func made(_ id: CommitID, on parents: [CommitID], _ chain: PlainChain) throws {
      let before = try #require(world.commits[parents[0]]).chain
      world.commits[id] = Plain(
        parents: parents, chain: chain,
        added: chain.deltas.filter { before.deltas[$0.key] != $0.value },
        omitted: before.deltas.filter { chain.deltas[$0.key] != $0.value })
      let commit = try ledger.view().commit(id)
      #expect(commit.parents == parents)
      #expect(
        try ledger.view().activeDeltas(of: commit)
          == chain.deltas.sorted { $0.key < $1.key }
          .map { ChainEntry(sequence: $0.key, delta: $0.value) })
      #expect(try ledger.view().chain(of: commit).nextSequence == chain.next)
      head = id
    }

    for number in 0..<90 {
      let tip = try #require(world.commits[head])
      let any = try #require(world.commits.keys.sorted().randomElement(using: &generator))
      switch Int.random(in: 0..<100, using: &generator) {
      case 0..<30:
        var chain = tip.chain
        // Numbers that no other round takes.
        let deltas = try (0..<Int.random(in: 1...3, using: &generator)).map {
          try fixture.delta(number + 1000 * $0)
        }
        for delta in deltas { chain.append(delta) }
        let id = try ledger.commit(
          CommitDraft(deltas: deltas, operation: .commit, message: "\(number)"), fixture.context())
        try made(id, on: [head], chain)
      case 30..<45:
        try ledger.reset(to: any, fixture.context())
        head = any
      case 45..<58:
        let own = world.ancestors(head).sorted()
        let target = try #require(own.randomElement(using: &generator))
        let reverted = try #require(world.commits[target])
        var chain = tip.chain
        for (place, delta) in reverted.added { chain.leaveOut(place, delta) }
        for (place, delta) in reverted.omitted.sorted(by: { $0.key < $1.key }) {
          chain.putBack(place, delta)
        }
        guard chain.deltas != tip.chain.deltas else { continue }
        try made(ledger.revert([target], fixture.context()), on: [head], chain)
      case 58..<76:
        let theirs = try #require(world.commits[any])
        // A revert can put a delta back that a merge has given another number; the rule below is one of
        // sets, for chains that have each delta once.
        let chains = [tip.chain, theirs.chain] + world.bases(head, any).values.map(\.chain)
        guard chains.allSatisfy({ $0.set.count == $0.deltas.count }) else { continue }
        let view = try ledger.view()
        let plan = try view.mergePlan(ours: head, theirs: any)
        var request = MergeRequest(name: "x")
        let strategies = [.append, .append] + MergeStrategy.allCases
        request.strategy = try #require(strategies.randomElement(using: &generator))
        let alone = tip.chain.set.symmetricDifference(theirs.chain.set)
        for (index, delta) in alone.sorted().enumerated() {
          request.halves[delta] = try fixture.delta(number + 1000 * (10 + index))
        }
        let outcome = try ledger.merge(plan, request, fixture.context())
        if world.ancestors(head).contains(any) {
          #expect(outcome == .upToDate)
        } else if request.strategy == .ours {
          try made(#require(outcome.commit), on: [head, any], tip.chain)
        } else if request.strategy == .theirs {
          try made(#require(outcome.commit), on: [head, any], theirs.chain)
        } else if request.strategy == .average {
          let bases = world.bases(head, any).values.map(\.chain)
          let chain = averaged(tip.chain, theirs.chain, bases, request.halves)
          try made(#require(outcome.commit), on: [head, any], chain)
        } else if world.ancestors(any).contains(head) {
          #expect(outcome == .fastForward(any))
          head = any
        } else {
          let id = try #require(outcome.commit)
          let bases = world.bases(head, any).values
          let chain = merged(
            tip.chain, theirs.chain, bases.map(\.chain), shared: world.shared(head, any))
          // The rule in one sentence: what both have, or one has and no ancestor had.
          let inBase = bases.reduce(into: Set<DeltaID>()) { $0.formUnion($1.chain.set) }
          #expect(
            chain.set
              == tip.chain.set.intersection(theirs.chain.set).union(
                tip.chain.set.symmetricDifference(theirs.chain.set).subtracting(inBase)))
          try made(id, on: [head, any], chain)
        }
      case 76..<86:
        var carrier = Carrier(chain: tip.chain)
        let picked = try #require(world.commits[any])
        carrier.carry(picked, shared: world.shared(head, any))
        let didNothing = picked.added.isEmpty && picked.omitted.isEmpty
        guard carrier.chain != tip.chain || didNothing else {
          #expect(throws: LedgerError.nothingToCarry(commits: [any])) {
            try ledger.cherryPick([any], fixture.context())
          }
          continue
        }
        let commits = try ledger.cherryPick([any], fixture.context())
        try made(#require(commits.first).id, on: [head], carrier.chain)
      case 86..<94:
        let view = try ledger.view()
        let plan = try view.rebasePlan(onto: any, upstream: any)
        let start = try #require(world.commits[any])
        let line = world.ancestors(head).subtracting(world.ancestors(any))
        let merges = line.filter { (world.commits[$0]?.parents.count ?? 0) > 1 }
        #expect(Set(plan.commits.map(\.id)) == line.subtracting(merges))
        // Behind a merge the lines that it joined have numbers of their own.
        let joined = merges.flatMap { world.commits[$0]?.parents ?? [] } + [head]
        let shared = joined.map { world.shared($0, any) }.min() ?? 0
        var whole = Carrier(chain: start.chain)
        for entry in plan.commits {
          whole.carry(try #require(world.commits[entry.id]), shared: shared)
        }
        // What the line did since it parted from there, as a set, whichever merges it was done by.
        let before = world.bases(head, any).values.reduce(into: Set<DeltaID>()) {
          $0.formUnion($1.chain.set)
        }
        let expected = start.chain.set.union(tip.chain.set.subtracting(before))
          .subtracting(before.subtracting(tip.chain.set))
        if !merges.isEmpty, whole.chain.set != expected {
          let error = #expect(throws: LedgerError.self) {
            try ledger.rebase(plan, fixture.context()) { _, _ in }
          }
          guard case .notOneLine(let merge)? = error else {
            Issue.record("refused as \(String(describing: error))")
            continue
          }
          #expect(merges.contains(merge))
          #expect(try ledger.view().headCommit() == head)
          continue
        }
        var carrier = Carrier(chain: start.chain)
        let commits = try ledger.rebase(plan, fixture.context()) { entry, line in
          try line.carry(entry, sharedNumbers: plan.sharedNumbers)
        }
        head = any
        var left = commits[...]
        for entry in plan.commits {
          let before = carrier.chain
          let commit = try #require(world.commits[entry.id])
          carrier.carry(commit, shared: shared)
          let didNothing = commit.added.isEmpty && commit.omitted.isEmpty
          guard carrier.chain != before || didNothing else { continue }
          let next = try #require(left.first)
          left = left.dropFirst()
          try made(next.id, on: [head], carrier.chain)
        }
        #expect(left.isEmpty)
        #expect(try ledger.view().headCommit() == head)
      default:
        // On the line of first parents numbers keep their meaning.
        var own: [CommitID] = []
        while let parent = world.commits[own.last ?? head]?.parents.first { own.append(parent) }
        guard let base = own.randomElement(using: &generator) else { continue }
        let plan: SquashPlan
        do {
          plan = try ledger.view().squashPlan(since: base)
        } catch LedgerError.notOneLine {
          // Only a merge since can have put another line's entries among the base's.
          #expect(own.contains { world.commits[$0]?.parents.count == 2 } || tip.parents.count == 2)
          continue
        }
        let origin = try #require(world.commits[base]).chain
        let after = tip.chain.deltas.filter { $0.key >= origin.next }
        var chain = PlainChain(
          deltas: tip.chain.deltas.filter { $0.key < origin.next }, next: origin.next)
        // One delta, or several where the changes of a tensor cannot be put together.
        let joined = try (0..<(after.isEmpty ? 0 : Int.random(in: 1...3, using: &generator))).map {
          try fixture.delta(number + 1000 * $0)
        }
        #expect(plan.appended.map(\.delta) == after.sorted { $0.key < $1.key }.map(\.value))
        if !joined.isEmpty, Bool.random(using: &generator) {
          // A compression leaves the history, and the rest of the chain, as they are.
          var chain = tip.chain
          for (place, delta) in after { chain.leaveOut(place, delta) }
          for delta in joined { chain.append(delta) }
          let id = try ledger.compress(
            plan, CommitDraft(deltas: joined, operation: .compress, message: "less"),
            fixture.context())
          try made(id, on: [head], chain)
          continue
        }
        for delta in joined { chain.append(delta) }
        let id = try ledger.squash(
          plan, CommitDraft(deltas: joined, operation: .squash, message: "one"),
          fixture.context())
        try made(id, on: [base], chain)
      }
    }
    try fixture.expectSound()
  }

  /// What either side alone brought in counts half.
  private func averaged(
    _ ours: PlainChain, _ theirs: PlainChain, _ bases: [PlainChain], _ halves: [DeltaID: DeltaID]
  ) -> PlainChain {
    let inBase = bases.reduce(into: Set<DeltaID>()) { $0.formUnion($1.set) }
    var chain = ours
    for (place, delta) in ours.deltas where !theirs.set.contains(delta) {
      chain.leaveOut(place, delta)
    }
    for side in [(ours, theirs), (theirs, ours)] {
      for (_, delta) in side.0.deltas.sorted(by: { $0.key < $1.key })
      where !side.1.set.contains(delta) && !inBase.contains(delta) {
        chain.append(halves[delta] ?? delta)
      }
    }
    return chain
  }

  private func merged(
    _ ours: PlainChain, _ theirs: PlainChain, _ bases: [PlainChain], shared: Int
  ) -> PlainChain {
    var chain = ours
    let inBase = bases.reduce(into: Set<DeltaID>()) { $0.formUnion($1.set) }
    for delta in ours.set.intersection(inBase).subtracting(theirs.set) {
      if let place = ours.deltas.first(where: { $0.value == delta })?.key {
        chain.leaveOut(place, delta)
      }
    }
    for (number, delta) in theirs.deltas.sorted(by: { $0.key < $1.key })
    where !ours.set.contains(delta) && !inBase.contains(delta) {
      if number < shared { chain.putBack(number, delta) } else { chain.append(delta) }
    }
    return chain
  }
}
