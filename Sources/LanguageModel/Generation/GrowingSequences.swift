internal import Tensors

/// Sequences that grow by a token at a time, each with keys and values of its own.
struct GrowingSequences {
  private struct Member {
    let number: Int
    /// Tokens that no pass has seen yet.
    var fresh: [Int]
    /// Positions that passes have seen.
    var past = 0
    var cache: KeyValueCache
  }

  private let decoder: Decoder
  private let layers: [DecoderLayer]
  private let embedding: WeightView
  private let rotary: RotaryTable
  private var sequences: [Member]

  /// - Parameters:
  ///   - prompts: what to begin with, each under a number of its own.
  ///   - positions: so many that no sequence is to have more.
  init(_ prompts: [(number: Int, tokens: [Int])], decoder: Decoder, positions: Int) throws {
    self.decoder = decoder
    layers = try (0..<decoder.shape.layers).map { try decoder.layer($0) }
    embedding = try decoder.embedding()
    rotary = decoder.rotary(positions: positions)
    sequences = prompts.map {
      Member(number: $0.number, fresh: $0.tokens, cache: KeyValueCache(shape: decoder.shape))
    }
  }

  /// Whether no sequence grows any more.
  var isEmpty: Bool { sequences.isEmpty }

  /// Lets every sequence grow by a token.
  ///
  /// - Parameters:
  ///   - choose: a token for each row of logits, given the numbers of the sequences whose rows they are.
  ///   - goesOn: called with each sequence's number and token, in the order of the sequences; whether it is to
  ///     grow further.
  mutating func advance(
    choosing choose: (_ numbers: [Int], _ logits: Matrix) -> [Int],
    growingWhile goesOn: (_ number: Int, _ token: Int) -> Bool
  ) throws {
    let tokens = choose(sequences.map(\.number), try nextLogits())
    var growing: [Member] = []
    for (sequence, token) in zip(sequences, tokens)
    where goesOn(sequence.number, token) && sequence.past < decoder.shape.maximumPositions {
      growing.append(sequence)
      growing[growing.count - 1].fresh = [token]
    }
    sequences = growing
  }

  /// One pass over everything fresh; the logits at the end of each sequence.
  private mutating func nextLogits() throws -> Matrix {
    let compute = decoder.compute
    let counts = sequences.map(\.fresh.count)
    let positions = sequences.flatMap { $0.past..<$0.past + $0.fresh.count }
    var hidden = compute.widened(embedding, rows: sequences.flatMap(\.fresh))
    for (index, layer) in layers.enumerated() {
      hidden =
        decoder.run(layer, input: hidden, positions: positions, rotary: rotary) {
          query, key, value in
          var attended: [Float] = []
          attended.reserveCapacity(query.elements.count)
          var first = 0
          for place in sequences.indices {
            let rows = Array(first..<first + counts[place])
            let all = sequences[place].cache.extend(
              layer: index, key: key.gathering(rows: rows), value: value.gathering(rows: rows))
            attended +=
              compute.attention(
                decoder.shape.attention, past: sequences[place].past,
                query: query.gathering(rows: rows), key: all.key, value: all.value
              ).elements
            first += counts[place]
          }
          return Matrix(rows: query.rows, columns: query.columns, elements: attended)
        }.output
    }
    var (end, ends) = (0, [Int]())
    for place in sequences.indices {
      end += counts[place]
      ends.append(end - 1)
      sequences[place].past += counts[place]
    }
    return try decoder.logits(of: hidden, rows: ends)
  }
}
