/// An error as the user is told of it: `rledit: SENTENCE`, then `hint: HINT`.
struct Failure: Error, Equatable {
  let status: ExitStatus
  /// One line, lower case, naming the thing and the fault, without a full stop. Empty where nobody is
  /// to be told.
  let sentence: String
  /// What to do about it, in one line.
  let hint: String?

  init(_ status: ExitStatus, _ sentence: String, hint: String? = nil) {
    self.status = status
    self.sentence = sentence
    self.hint = hint
  }
}

/// An error that knows how it is told. Every error type of the modules conforms to it in this
/// folder, by a switch without a default, so that a new case cannot be forgotten.
protocol FailureConvertible: Error {
  var failure: Failure { get }
}

extension Failure: FailureConvertible {
  var failure: Failure { self }

  /// What the user is told of any error.
  init(_ error: any Error) {
    switch error {
    case let error as any FailureConvertible: self = error.failure
    case is CancellationError:
      self.init(
        .interrupted, "interrupted; commits already made stay",
        hint: "nothing is half done; run the command again")
    default:
      self.init(
        .internal, "unexpected error: \(error)", hint: "please report this with the command line")
    }
  }
}
