import ArgumentParser

/// Whom to trust.
struct TrustOptions: ParsableArguments {
  @Option(
    help: .init(
      "The public keys that are trusted; by default RLEDIT_ALLOWED_SIGNERS, else the store's own list.",
      valueName: "file"),
    completion: .file())
  var allowedSigners: String?
}
