import Lua
import Tensor

/// The module `torch.special`.
enum SpecialModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    var operators = OperatorList()
    operators.addNormalProbabilities()
    operators.addBesselFunctions()
    operators.addPolynomials()
    return LuaModule(
      "torch.special",
      help: "Special functions of mathematics, under the names that SciPy gives them; many are functions of torch too.",
      example: "torch.special.expit(torch.tensor{0., 2.}) --> tensor([0.5000, 0.8808])",
      functions: OutArgument.added(toSpecialFunctions: operators.functions) + shared)
  }

  /// What `torch` has too: its names by those here, where they differ.
  private static var shared: [Function] {
    let same = """
      digamma erf erfc erfinv exp2 expm1 i0 log1p log_softmax logit logsumexp polygamma round sinc softmax xlogy
      """.split(separator: " ").map { (String($0), String($0)) }
    let renamed = [
      ("expit", "sigmoid"), ("gammainc", "igamma"), ("gammaincc", "igammac"), ("gammaln", "lgamma"),
      ("multigammaln", "mvlgamma"), ("psi", "digamma"),
    ]
    let originals = TorchModule.operators
    return (same + renamed).flatMap { name, original in
      originals.filter { $0.name == original && $0.placement != .method }.map { function in
        Function(
          name, help: "The same as torch.\(original)(). \(function.help)",
          example: function.example.replacing("torch.\(original)(", with: "torch.special.\(name)("),
          placement: .function, function.overloads)
      }
    }
  }
}

extension OperatorList {
  /// A function of one tensor that is no method.
  private mutating func special(
    _ name: String, _ help: String, of input: String, is output: String,
    _ operation: @escaping (Tensor) throws -> Tensor
  ) {
    add(
      name, "(input: Tensor) -> Tensor", help, "torch.special.\(name)(\(input)) --> \(output)", placement: .function
    ) { a in try operation(a.tensor(0)) }
  }

  fileprivate mutating func addNormalProbabilities() {
    special(
      "ndtr", "The probability that a standard normal variable is less than each element.",
      of: "torch.tensor{0., 1.}", is: "tensor([0.5000, 0.8413])"
    ) { try $0.ndtr() }
    special(
      "ndtri", "The inverse of ndtr(): infinite at 0 and 1, NaN outside.", of: "torch.tensor{0.5, 0.975}",
      is: "tensor([0.0000, 1.9600])"
    ) { try $0.ndtri() }
    special(
      "log_ndtr", "log(ndtr(input)), exact also where ndtr() would round to 0.", of: "torch.tensor{0., -40.}",
      is: "tensor([-6.9315e-01, -8.0461e+02])"
    ) { try $0.logNdtr() }
    special(
      "erfcx", "exp(input ^ 2) * erfc(input), without underflow where input is large.", of: "torch.tensor{0., 100.}",
      is: "tensor([1.0000, 0.0056])"
    ) { try $0.erfcx() }
    special(
      "entr", "-input * log(input), a term of an entropy: 0 at 0, -inf below.", of: "torch.tensor{0., 0.5}",
      is: "tensor([0.0000, 0.3466])"
    ) { try $0.entr() }
    for (name, help, result, operation) in [
      (
        "xlog1py", "input * log(1 + other), and 0 where input is 0, whatever other is (but for NaN).",
        "tensor([0.0000, 2.7726])", { try $0.xlog1py($1) }
      ),
      (
        "zeta", "Hurwitz' zeta function: the sum of (k + other) ^ -input over k from 0 on.",
        "tensor([   nan, 0.3949])", { try $0.zeta($1) }
      ),
    ] as [(String, String, String, (Tensor, Tensor) throws -> Tensor)] {
      add(
        name, "(input: Tensor|Scalar, other: Tensor|Scalar) -> Tensor", help,
        "torch.special.\(name)(torch.tensor{0., 2.}, torch.tensor{-1., 3.}) --> \(result)", placement: .function
      ) { a in try operation(a.operand(0), a.operand(1)) }
    }
  }

  fileprivate mutating func addBesselFunctions() {
    let first = "modified Bessel function of the first kind"
    special(
      "i0e", "exp(-|input|) * i0(input): the \(first) of order 0 without its growth.", of: "torch.tensor{0., 1.}",
      is: "tensor([1.0000, 0.4658])"
    ) { try $0.i0e() }
    special("i1", "The \(first) of order 1.", of: "torch.tensor{0., 1.}", is: "tensor([0.0000, 0.5652])") {
      try $0.i1()
    }
    special(
      "i1e", "exp(-|input|) * i1(input): the \(first) of order 1 without its growth.", of: "torch.tensor{0., 1.}",
      is: "tensor([0.0000, 0.2079])"
    ) { try $0.i1e() }
    let functions: [(String, String, String, (Tensor) throws -> Tensor)] = [
      ("bessel_j0", "The Bessel function of the first kind of order 0", "[0.7652, 0.2239]", { try $0.besselJ0() }),
      ("bessel_j1", "The Bessel function of the first kind of order 1", "[0.4401, 0.5767]", { try $0.besselJ1() }),
      ("bessel_y0", "The Bessel function of the second kind of order 0", "[0.0883, 0.5104]", { try $0.besselY0() }),
      ("bessel_y1", "The Bessel function of the second kind of order 1", "[-0.7812, -0.1070]", { try $0.besselY1() }),
      ("modified_bessel_i0", "The \(first) of order 0", "[1.2661, 2.2796]", { try $0.modifiedBesselI0() }),
      ("modified_bessel_i1", "The \(first) of order 1", "[0.5652, 1.5906]", { try $0.modifiedBesselI1() }),
      (
        "modified_bessel_k0", "The modified Bessel function of the second kind of order 0", "[0.4210, 0.1139]",
        { try $0.modifiedBesselK0() }
      ),
      (
        "modified_bessel_k1", "The modified Bessel function of the second kind of order 1", "[0.6019, 0.1399]",
        { try $0.modifiedBesselK1() }
      ),
      (
        "scaled_modified_bessel_k0", "modified_bessel_k0(), times exp(x)", "[1.1445, 0.8416]",
        { try $0.scaledModifiedBesselK0() }
      ),
      (
        "scaled_modified_bessel_k1", "modified_bessel_k1(), times exp(x)", "[1.6362, 1.0335]",
        { try $0.scaledModifiedBesselK1() }
      ),
      (
        "airy_ai", "The Airy function Ai, for which Ai'' = x Ai", "[0.1353, 0.0349]", { try $0.airyAi() }
      ),
      (
        "spherical_bessel_j0", "The spherical Bessel function of the first kind of order 0, sin(x) / x",
        "[0.8415, 0.4546]", { try $0.sphericalBesselJ0() }
      ),
    ]
    for (name, help, result, operation) in functions {
      add(
        name, "(x: Tensor) -> Tensor", "\(help). It has no gradient.",
        "torch.special.\(name)(torch.tensor{1., 2.}) --> tensor(\(result))", placement: .function
      ) { a in try operation(a.tensor(0)) }
    }
  }

  fileprivate mutating func addPolynomials() {
    let examples: [OrthogonalPolynomial: String] = [
      .chebyshevT: "[-0.5000,  7.0000]", .chebyshevU: "[ 0., 15.]", .chebyshevV: "[-1., 11.]",
      .chebyshevW: "[ 1., 19.]", .shiftedChebyshevT: "[-1., 17.]", .shiftedChebyshevU: "[-1., 35.]",
      .shiftedChebyshevV: "[-1., 29.]", .shiftedChebyshevW: "[-1., 41.]", .hermiteH: "[-1., 14.]",
      .hermiteHe: "[-0.7500,  3.0000]", .laguerreL: "[ 0.1250, -1.0000]", .legendreP: "[-0.1250,  5.5000]",
    ]
    for polynomial in OrthogonalPolynomial.allCases {
      let words = polynomial.rawValue.split(separator: "_")
      let family = words.dropLast(2).map(\.capitalized).joined(separator: " ")
      add(
        polynomial.rawValue, "(x: Tensor|Scalar, n: Tensor|Scalar) -> Tensor",
        "The \(family) polynomial \(words[words.count - 1].capitalized) of degree n at x, 0 for negative degrees. It has no gradient.",
        "torch.special.\(polynomial.rawValue)(torch.tensor{0.5, 2.}, 2) --> tensor(\(examples[polynomial] ?? ""))",
        placement: .function
      ) { a in try polynomial(a.operand(0), a.operand(1)) }
    }
  }
}

extension Substring {
  /// With its first letter in upper case.
  fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
