import ArgumentParser
import Glibc
import Ledger
import ObjectStore

/// `rledit serve`
struct ServeCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answer an rledit elsewhere on standard input and output.",
    discussion: """
      This is what clone, fetch, pull and push run on another machine by ssh; there is no need to run it \
      by hand. Whoever may run it may read the store's branches, tags and materials, and move them.
      """)

  @Argument(help: "The store, or a directory with one.", completion: .directory)
  var path: String

  @OptionGroup(title: "Global options")
  var global: GlobalOptions

  func run() throws {
    let channel = DescriptorChannel(input: STDIN_FILENO, output: STDOUT_FILENO)
    do {
      try WireServer.greet(on: channel)
      let repository = Repository(
        store: try .open(at: OtherStore.store(at: path)), compute: try global.compute(),
        signing: nil)
      try WireServer(repository.ledger, on: channel) { command in
        OperationContext(
          command: command, author: repository.author, time: repository.context().time)
      }.serve()
    } catch WireError.ended {
      throw CommandError.brokenPipe
    } catch {
      let failure = Failure(error)
      try? WireServer.refuse(
        on: channel, code: Int(failure.status.rawValue), sentence: failure.sentence,
        hint: failure.hint)
      // The other side tells its user.
      throw Failure(failure.status, "")
    }
  }
}
