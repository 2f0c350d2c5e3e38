import Lua
import Tensor

extension OperatorList {
  /// Functions of numbers that statistics and physics know, and what real numbers share with complex ones.
  mutating func addSpecialFunctions() {
    unary(
      "lgamma", "The natural logarithm of the absolute value of the gamma function; gamma(n) is (n - 1)! for integers.",
      of: "torch.tensor{1., 5.}", is: "tensor([0.0000, 3.1781])"
    ) { try $0.lgamma() }
    unary(
      "digamma", "The derivative of lgamma(); NaN at integers below 0.", of: "torch.tensor{1., 2.}",
      is: "tensor([-0.5772,  0.4228])"
    ) {
      try $0.digamma()
    }
    addGammaFunctions()
    unary(
      "erfinv", "The inverse of erf(): infinite at -1 and 1, NaN outside.", of: "torch.tensor{0., 0.5}",
      is: "tensor([0.0000, 0.4769])"
    ) {
      try $0.erfinv()
    }
    unary(
      "i0", "The modified Bessel function of the first kind of order 0.", of: "torch.tensor{0., 1.}",
      is: "tensor([1.0000, 1.2661])"
    ) { try $0.i0() }
    results(
      "frexp", "(input: Tensor) -> Tensor, Tensor",
      """
      Each element as mantissa * 2 ^ exponent with a mantissa from 0.5 to 1: two tensors, the second of int32. \
      ldexp() is the inverse.
      """, "torch.frexp(torch.tensor{3., -0.5}) --> tensor([ 0.7500, -0.5000])  tensor([2, 0], dtype=torch.int32)"
    ) { a in
      let found = try a.tensor(0).frexp()
      return a.results(found.mantissa, found.exponent)
    }
    addPartsOfRealNumbers()
  }

  private mutating func addGammaFunctions() {
    let polygamma = "The derivative of digamma() of order n: digamma() itself for 0."
    add(
      "polygamma", "(n: int, input: Tensor) -> Tensor", polygamma,
      "torch.polygamma(1, torch.tensor{1., 2.}) --> tensor([1.6449, 0.6449])", placement: .function
    ) { a in try a.tensor(1).polygamma(a.int(0)) }
    add(
      "polygamma", "(self: Tensor, n: int) -> Tensor", polygamma,
      "torch.tensor{1., 2.}:polygamma(1) --> tensor([1.6449, 0.6449])", placement: .method
    ) { a in try a.tensor(0).polygamma(a.int(1)) }
    changing(
      "polygamma_", "(self: Tensor, n: int) -> Tensor",
      "In-place version of polygamma(): the tensor takes over the result's values and history, and is returned.",
      "torch.tensor{1., 2.}:polygamma_(1) --> tensor([1.6449, 0.6449])"
    ) { a in try a.tensor(0).updateInPlace { try $0.polygamma(a.int(1)) } }
    add(
      "mvlgamma", "(input: Tensor, p: int) -> Tensor",
      """
      The logarithm of the gamma function of p dimensions: lgamma(input - i / 2) added up for i from 0 to p - 1, \
      and p * (p - 1) / 4 * log(pi).
      """, "torch.mvlgamma(torch.tensor{2., 3.}, 2) --> tensor([0.4516, 1.5502])", inPlace: true
    ) { a in try a.tensor(0).mvlgamma(a.int(1)) }
    let integral = "the gamma function's integral of t^(input - 1) * exp(-t), as a share of the whole"
    binary(
      "igamma", "What lies from 0 to other of \(integral).", of: "torch.tensor{1., 2.}, torch.tensor{1., 2.}",
      is: "tensor([0.6321, 0.5940])", others: "Tensor"
    ) { try $0.igamma($1) }
    binary(
      "igammac", "What lies from other to infinity of \(integral).", of: "torch.tensor{1., 2.}, torch.tensor{1., 2.}",
      is: "tensor([0.3679, 0.4060])", others: "Tensor"
    ) { try $0.igammac($1) }
  }

  /// What PyTorch has for complex numbers, where tensors are real.
  private mutating func addPartsOfRealNumbers() {
    unary(
      "angle", "The angle of each number in the complex plane: 0, or pi where it is negative.",
      of: "torch.tensor{3., -0.5}", is: "tensor([0.0000, 3.1416])", inPlace: false
    ) { try $0.angle() }
    add(
      "real", "(input: Tensor) -> Tensor", "The real part: the tensor itself.",
      "torch.real(torch.tensor{1., -2.}) --> tensor([ 1., -2.])", placement: .function
    ) { a in try a.tensor(0).realPart(of: "real") }
    for (name, help) in [
      ("conj", "The complex conjugate, which of real numbers is the tensor itself."),
      ("conj_physical", "The complex conjugate, which of real numbers is the tensor itself."),
      ("resolve_conj", "The tensor itself, as no tensor is a lazy conjugate."),
      ("resolve_neg", "The tensor itself, as no tensor is a lazy negative."),
    ] {
      unary(name, help, of: "torch.tensor{1., -2.}", is: "tensor([ 1., -2.])", inPlace: name == "conj_physical") {
        try $0.realPart(of: name)
      }
    }
    add(
      "imag", "(input: Tensor) -> Tensor", "The imaginary part: an error for real numbers, as in PyTorch.",
      "pcall(torch.imag, torch.ones(2)) --> false  \"example:1: imag is not implemented for tensors with non-complex dtypes.\"",
      placement: .function
    ) { a in try a.tensor(0).imaginaryPart() }
    unary(
      "isreal", "Whether each number has no imaginary part, as bool: all real ones.", of: "torch.tensor{1., 2.}",
      is: "tensor([True, True])", inPlace: false
    ) { try Tensor.ones($0.realPart(of: "isreal").shape, dtype: .bool) }
    for (name, help) in [
      ("is_conj", "Whether the tensor is a lazy conjugate: never."),
      ("is_neg", "Whether the tensor is a lazy negative: never."),
    ] {
      results(name, "(input: Tensor) -> bool", help, "torch.\(name)(torch.ones(2)) --> false") { a in
        _ = try a.tensor(0)
        return .boolean(false)
      }
    }
  }
}
