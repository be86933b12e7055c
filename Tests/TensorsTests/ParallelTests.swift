import Dispatch
import Foundation
import Synchronization
import Tensors
import Testing

/// Work cut into parts, by however many threads and whoever asks at the same time.
@Suite struct ParallelTests {
  /// How often each item of a piece of work was in a range.
  private final class Tally: Sendable {
    private let counts: Mutex<[Int]>
    private let areAligned = Mutex(true)

    init(_ count: Int) { counts = Mutex(.init(repeating: 0, count: count)) }

    func take(_ range: Range<Int>, startingAt grain: Int = 1) {
      areAligned.withLock { $0 = $0 && range.lowerBound.isMultiple(of: grain) }
      counts.withLock { counts in for item in range { counts[item] += 1 } }
    }

    /// Whether each item was taken once, in ranges that start where they may.
    var isEachOnce: Bool {
      counts.withLock { $0.allSatisfy { $0 == 1 } } && areAligned.withLock { $0 }
    }
  }

  @Test(arguments: [1, 2, 3, 8])
  func everyItemIsInOneRange(threads: Int) throws {
    let compute = try Compute(threads: threads)
    for count in [1, 2, 5, 31, 32, 33, 1000] {
      for grain in [1, 16, 32] {
        let tally = Tally(count)
        compute.parallel(count, grain: grain) { range in
          tally.take(range, startingAt: grain)
        }
        let isDone = tally.isEachOnce
        #expect(isDone, "\(count) items by \(grain)")
      }
    }
  }

  /// What was written by any thread is there when the call returns, over and over, also where the threads
  /// have gone to sleep in between.
  @Test func whatPartsWroteIsThereAfterwards() throws {
    let compute = try Compute(threads: 2)
    let matrix = Matrix(rows: 64, columns: 64, elements: .init(repeating: 1, count: 64 * 64))
    for piece in 0..<20_000 {
      if piece.isMultiple(of: 1000) { Thread.sleep(forTimeInterval: 0.002) }
      var sum = matrix
      compute.add(matrix, to: &sum)
      guard sum.elements.allSatisfy({ $0 == 2 }) else {
        Issue.record("piece \(piece)")
        return
      }
    }
  }

  @Test func aPartMayBeCutIntoPartsItself() throws {
    let compute = try Compute(threads: 4)
    let tallies = (0..<8).map { _ in Tally(100) }
    compute.parallel(8) { outer in
      for index in outer { compute.parallel(100) { tallies[index].take($0) } }
    }
    let isDone = tallies.allSatisfy(\.isEachOnce)
    #expect(isDone)
  }

  @Test func manyCallersAtOnceGetAllOfTheirWorkDone() throws {
    let compute = try Compute(threads: 3)
    let tallies = (0..<200).map { _ in Tally(500) }
    DispatchQueue.concurrentPerform(iterations: tallies.count) { caller in
      compute.parallel(500) { tallies[caller].take($0) }
    }
    let isDone = tallies.allSatisfy(\.isEachOnce)
    #expect(isDone)
  }
}
