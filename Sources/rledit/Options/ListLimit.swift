import ArgumentParser

/// How much of a listing is shown.
struct ListLimit: ParsableArguments {
  @Option(
    name: [.customShort("n", allowingJoined: true), .long],
    help: .init("Show so many at most; in 'log' and 'reflog', -5 does as well.", valueName: "count")
  )
  var limit: Int?

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("-n must not be negative") }
  }
}
