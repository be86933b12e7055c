package import LanguageModel
package import ModelStore

/// The keys of one batch: what editors that look back at earlier edits keep of it.
///
/// Keys are kept in stored form, quantised before they are used, so that a memory read from the store
/// is the memory that the batch was edited with, bit for bit.
package struct EditMemory: Sendable, Equatable {
  /// `rows×in`, by place.
  package private(set) var keys: [KeyPlace: StoredFactor]

  package init(_ keys: [KeyPlace: StoredFactor] = [:]) {
    self.keys = keys
  }

  package var isEmpty: Bool { keys.isEmpty }

  /// The places, in order.
  package var places: [KeyPlace] { keys.keys.sorted() }
}

/// The memories of an active chain's batches, in order: what folds over earlier edits' keys are made of.
package struct KeyMemory: Sendable {
  /// A batch's keys, at hand or to be read when a fold comes to them. Two are the same where they are
  /// one object, so that a fold knows what it has taken in without comparing keys.
  package final class Batch: Sendable {
    /// - Throws: what reading the keys throws.
    package let keys: @Sendable () throws -> EditMemory

    init(_ keys: @escaping @Sendable () throws -> EditMemory) { self.keys = keys }
  }

  package private(set) var batches: [Batch] = []

  package init() {}

  package var isEmpty: Bool { batches.isEmpty }

  /// Takes in a later batch's keys.
  package mutating func merge(_ later: EditMemory) {
    guard !later.isEmpty else { return }
    batches.append(Batch { later })
  }

  /// Takes in a later batch whose keys are read when they are needed and not kept: those of thousands
  /// of edits take more room than what folds make of them.
  package mutating func merge(reading keys: @escaping @Sendable () throws -> EditMemory) {
    batches.append(Batch(keys))
  }
}
