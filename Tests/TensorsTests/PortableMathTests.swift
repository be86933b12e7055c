import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct PortableMathTests {
  @Test func functionsAgreeWithTheCLibrary() {
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<20_000 {
      let x = Double.random(in: -690...690, using: &generator)
      #expect(abs(PortableMath.exponential(x) / exp(x) - 1) < 1e-15)
      let y = exp(Double.random(in: -600...600, using: &generator))
      #expect(abs(PortableMath.logarithm(y) - log(y)) <= 2e-16 * max(1, abs(log(y))) * 2)
      let angle = Double.random(in: -100_000...100_000, using: &generator)
      let (sine, cosine) = PortableMath.sineAndCosine(angle)
      #expect(abs(sine - sin(angle)) < 1e-15 && abs(cosine - cos(angle)) < 1e-15)
    }
  }

  @Test func edgesOfTheDomainsAreExact() {
    #expect(PortableMath.exponential(0) == 1)
    #expect(PortableMath.exponential(1000) == .infinity)
    #expect(PortableMath.exponential(-1000) == 0)
    #expect(PortableMath.exponential(.nan).isNaN)
    #expect(PortableMath.logarithm(1) == 0)
    #expect(PortableMath.logarithm(0) == -.infinity)
    #expect(PortableMath.logarithm(-1).isNaN)
    #expect(PortableMath.sineAndCosine(0) == (0, 1))
  }
}
