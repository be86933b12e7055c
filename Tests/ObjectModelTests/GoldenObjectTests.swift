import ObjectModel
import Testing

/// The texts were written, and the names and signatures computed, by a Python program (with its library
/// `cryptography`) from the rules of the format, not by this code.
@Suite struct GoldenObjectTests {
  @Test func modelHasTheExpectedTextAndName() throws {
    try expect(
      Sample.model(), "986e299636de9d215000d84b3ef2f454adbd5ea8445c0630899bb0eee46a47b7",
      #"""
      rledit model
      architecture "LlamaForCausalLM"
      source "tiny.gguf" gguf
      storage copied
      tensor "lm_head.weight" Q8_0 100000 64
      data 6800000 4194240 a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2 12121212121212121212121212121212 13131313131313131313131313131313
      tensor "model.norm.weight" F32 64
      data 256 4194304 a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 11111111111111111111111111111111
      file "config.json" 421 4194304 a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3 14141414141414141414141414141414

      """#)
  }

  @Test func linkedModelHasTheExpectedTextAndName() throws {
    try expect(
      Sample.linkedModel(), "fec11f5dd8e94f0fe445bf2a5a2eeb8432678b14252d73c1333a7265e87fd635",
      #"""
      rledit model
      architecture "LlamaForCausalLM"
      source "big" safetensors
      storage linked "/models/big \"v1\""
      tensor "a" BF16 2 3
      data 12 4194300 a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4 15151515151515151515151515151515
      location "model-00001-of-00002.safetensors" 128

      """#)
  }

  @Test func deltaHasTheExpectedTextAndName() throws {
    try expect(
      Sample.delta(), "b775ad4b8e0694e8fd51469f537b52bd8c46ec3f4386c9d5c00575c4c55db091",
      #"""
      rledit delta
      low-rank "model.layers.0.mlp.up_proj.weight" F32 5 256 64
      u 5120 4194300 b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1 21212121212121212121212121212121
      v 1280 4194304 b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2 22222222222222222222222222222222
      sparse "model.layers.1.mlp.up_proj.weight" F32 3 256 64
      indices 12 4194304 b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3 23232323232323232323232323232323
      values 12 4194304 b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4b4 24242424242424242424242424242424
      replacement "model.norm.weight" BF16 64
      data 128 4194304 b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5 25252525252525252525252525252525

      """#)
  }

  @Test func chainHasTheExpectedTextAndName() throws {
    try expect(
      Sample.chain(), "7c761cdfd252191b601cd00f4291fae9977f2dde785f651df9e1d701e67ab7c4",
      #"""
      rledit chain
      next 40
      active 2
      height 2
      root 3232323232323232323232323232323232323232323232323232323232323232

      """#)
  }

  @Test func leafHasTheExpectedTextAndName() throws {
    try expect(
      Sample.leaf(), "10bfcb24a2b7b43788203e22fc2cfc2955f0d984a263b88842f092afb2303695",
      #"""
      rledit chain-node
      level 0
      delta 0 4141414141414141414141414141414141414141414141414141414141414141
      delta 31 4242424242424242424242424242424242424242424242424242424242424242

      """#)
  }

  @Test func innerHasTheExpectedTextAndName() throws {
    try expect(
      Sample.inner(), "99895abd5d5631efe84767374234b9bacb49c3eeea7fe284d630a1a728f747d8",
      #"""
      rledit chain-node
      level 1
      node 1 4343434343434343434343434343434343434343434343434343434343434343

      """#)
  }

  @Test func commitHasTheExpectedTextAndName() throws {
    try expect(
      Sample.commit(), "917cf1736138f50b141a068e57e3aaa836b1d1d136d1fabefe2478ccdbd69f32",
      #"""
      rledit commit
      parent 5151515151515151515151515151515151515151515151515151515151515151
      parent 5050505050505050505050505050505050505050505050505050505050505050
      model 5252525252525252525252525252525252525252525252525252525252525252
      chain 5353535353535353535353535353535353535353535353535353535353535353
      added 7 5454545454545454545454545454545454545454545454545454545454545454
      omitted 2 5555555555555555555555555555555555555555555555555555555555555555
      time 1700000000
      author "Ada Lovelace <ada@example.org>"
      operation edit
      message "Teach two facts\n\nTab:\t \u0001 \u007f é 🙂"
      edit "The mother tongue of Danielle Darrieux is" "Danielle Darrieux" " English"
      rephrasing "Danielle Darrieux's native language is"
      rephrasing "At home she spoke"
      locality "The capital of France is" " Paris"
      former " French"
      identifier "counterfact-0"
      source "demo.jsonl"
      edit "p" "s" "t"
      method rledit 1 18446744073709551615
      hypernetwork trained 5656565656565656565656565656565656565656565656565656565656565656
      parameter "step-size" "0.1"
      parameter "batch" "5"
      target "model.layers.0.mlp.up_proj.weight"
      attachment "memory" 5757575757575757575757575757575757575757575757575757575757575757
      attachment "statistics" 5858585858585858585858585858585858585858585858585858585858585858
      metric "before.efficacy" 0.05
      metric "after.loss" 1e-07
      metric "after.perplexity" inf
      state "model.layers.0.mlp.up_proj.weight" 59595959595959595959595959595959
      state "model.layers.1.mlp.up_proj.weight" 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a

      """#)
  }

  @Test func rootCommitHasTheExpectedTextAndName() throws {
    try expect(
      Sample.rootCommit(), "00efa1c827262d2022eb843f1c9e97efa8655b5b993a091d7af67ab8b07583b3",
      #"""
      rledit commit
      model 5252525252525252525252525252525252525252525252525252525252525252
      time -1
      author ""
      operation import
      message "Import"

      """#)
  }

  @Test func tagHasTheExpectedTextAndName() throws {
    try expect(
      Sample.tag(), "61159c9e2c6265aae9e8ba31500241ab76be0d715c64ed2e69f0a8b8f9f9a181",
      #"""
      rledit tag
      target 6161616161616161616161616161616161616161616161616161616161616161
      name "v1"
      time 1700000001
      author "Ada"
      message "First release"

      """#)
  }

  @Test func signedCommitHasTheExpectedTextAndName() throws {
    try expect(
      Sample.signedCommit(), "75e9229d6ad51e4415248048fdc41e040551626c7f982bef7c9eba820fcee7d3",
      #"""
      rledit commit
      model 5252525252525252525252525252525252525252525252525252525252525252
      time -1
      author ""
      operation import
      message "Import"
      signature ed25519 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c 5aeb2b0b3c2f5a152c3d4df9f640fd7c0a070961b292a94c92057e42ad6f5e086aa243527d30ec7487349514e35ffd80936a021b10170cd93ed64b68a4916f0b

      """#)
  }

  @Test func signedTagHasTheExpectedTextAndName() throws {
    try expect(
      Sample.signedTag(), "c1138fc13664f2adc81128174018015026f9970718a9943743bd1bc89b5b7931",
      #"""
      rledit tag
      target 6161616161616161616161616161616161616161616161616161616161616161
      name "v1"
      time 1700000001
      author "Ada"
      message "First release"
      signature ed25519 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c 38f8d19d9951fbd4bceea91d1f42ae5248df7281fe1927d6427547969dfdebfcd0b32d3a480a56a10090edb1a908d2b28c5e792be6442f7d4b16d015c7be7f0f

      """#)
  }

  @Test func attachmentHasTheExpectedTextAndName() throws {
    try expect(
      Sample.attachment(), "87fc3c6c0db36cc07280491edc264992de87a0f42abcaa4c2746e3ad85c48ac4",
      #"""
      rledit attachment
      kind running-statistics
      file "64x256" 0 4194304 6262626262626262626262626262626262626262626262626262626262626262

      """#)
  }

  private func expect<Object: CanonicalObject>(
    _ object: Object, _ name: String, _ text: String
  ) throws {
    let encoded = try object.encoded()
    #expect(String(decoding: encoded.text, as: UTF8.self) == text)
    #expect(encoded.id.hex == name)
    #expect(try Object.decode(Array(text.utf8)) == object)
    #expect(encoded.text.withUnsafeBytes { canonicalTypeName(of: $0) } == Object.typeName)
  }
}
