import Tensor
import Testing

/// An operator of one float64 tensor, and where to take its gradient.
struct DifferentiableCase: Sendable, CustomTestStringConvertible {
  let name: String
  let shape: [Int]
  /// The range of the operand's elements, away from where the operator has no derivative.
  let range: ClosedRange<Double>
  let operation: @Sendable (Tensor) throws -> Tensor

  init(
    _ name: String, _ shape: [Int] = [2, 3], in range: ClosedRange<Double> = 0.15...1.9,
    _ operation: @escaping @Sendable (Tensor) throws -> Tensor
  ) {
    self.name = name
    self.shape = shape
    self.range = range
    self.operation = operation
  }

  var testDescription: String { name }

  /// Distinct elements that follow no pattern.
  func operand() throws -> Tensor {
    let count = shape.reduce(1, *)
    let values = (0..<count).map { i -> Double in
      let fraction = Double((i * 37 + 11) % 101) / 101
      return range.lowerBound + fraction * (range.upperBound - range.lowerBound)
    }
    return try Tensor(values, shape: shape, dtype: .float64)
  }
}

private let elementwise: [DifferentiableCase] = [
  .init("exp") { try $0.exp() }, .init("exp2") { try $0.exp2() }, .init("expm1") { try $0.expm1() },
  .init("log") { try $0.log() }, .init("log2") { try $0.log2() }, .init("log10") { try $0.log10() },
  .init("log1p") { try $0.log1p() }, .init("sqrt") { try $0.sqrt() }, .init("rsqrt") { try $0.rsqrt() },
  .init("reciprocal") { try $0.reciprocal() }, .init("sigmoid") { try $0.sigmoid() },
  .init("logSigmoid") { try $0.logSigmoid() }, .init("erf") { try $0.erf() }, .init("erfc") { try $0.erfc() },
  .init("erfinv", in: -0.9...0.9) { try $0.erfinv() }, .init("logit", in: 0.1...0.9) { try $0.logit() },
  .init("sin") { try $0.sin() }, .init("cos") { try $0.cos() }, .init("tan", in: -1.2...1.2) { try $0.tan() },
  .init("asin", in: -0.9...0.9) { try $0.asin() }, .init("acos", in: -0.9...0.9) { try $0.acos() },
  .init("atan") { try $0.atan() }, .init("sinh") { try $0.sinh() }, .init("cosh") { try $0.cosh() },
  .init("tanh") { try $0.tanh() }, .init("asinh") { try $0.asinh() }, .init("acosh", in: 1.2...3) { try $0.acosh() },
  .init("atanh", in: -0.9...0.9) { try $0.atanh() }, .init("sinc") { try $0.sinc() },
  .init("lgamma") { try $0.lgamma() }, .init("digamma") { try $0.digamma() }, .init("abs") { try $0.abs() },
  .init("pow") { try $0.pow(2.5) }, .init("square") { try $0.square() }, .init("power of itself") { try $0.pow($0) },
  .init("mul") { try $0.mul($0.add(1)) }, .init("div") { try $0.div($0.add(1)) },
  .init("atan2") { try $0.atan2($0.square()) }, .init("hypot") { try $0.hypot($0.add(1)) },
  .init("xlogy") { try $0.xlogy($0.add(1)) }, .init("logaddexp") { try $0.logaddexp($0.mul(2)) },
  .init("logaddexp2") { try $0.logaddexp2($0.mul(2)) }, .init("maximum") { try $0.maximum($0.mul(-1).add(2)) },
  .init("lerp") { try $0.lerp($0.square(), $0) }, .init("addcmul") { try $0.addcmul($0, $0, value: 0.5) },
  .init("addcdiv") { try $0.addcdiv($0, $0.add(1), value: 0.5) }, .init("clamp") { try $0.clamp(min: 0.5, max: 1.5) },
  .init("where") { try Tensor.where($0.gt(1), $0.mul(3), $0.square()) },
]

private let activations: [DifferentiableCase] = [
  .init("relu", in: -1...1.1) { try $0.relu() }, .init("silu", in: -2...2) { try $0.silu() },
  .init("mish", in: -2...2) { try $0.mish() }, .init("gelu", in: -2...2) { try $0.gelu() },
  .init("gelu tanh", in: -2...2) { try $0.gelu(approximate: "tanh") },
  .init("hardswish", in: -4...4) { try $0.hardswish() }, .init("hardsigmoid", in: -4...4) { try $0.hardsigmoid() },
  .init("elu", in: -2...2) { try $0.elu() }, .init("celu", in: -2...2) { try $0.celu(alpha: 0.7) },
  .init("selu", in: -2...2) { try $0.selu() }, .init("leakyRelu", in: -2...2) { try $0.leakyRelu() },
  .init("softplus", in: -2...2) { try $0.softplus(beta: 2) }, .init("softshrink", in: -2...2) { try $0.softshrink() },
  .init("tanhshrink", in: -2...2) { try $0.tanhshrink() }, .init("softsign", in: -2...2) { try $0.softsign() },
  .init("glu", [2, 4]) { try $0.glu() },
]

private let reductions: [DifferentiableCase] = [
  .init("sum", [2, 3, 2]) { try $0.sum([0, 2]) }, .init("mean", [2, 3, 2]) { try $0.mean([1]) },
  .init("var", [2, 3]) { try $0.var([1]) }, .init("std", [2, 3]) { try $0.std() }, .init("prod") { try $0.prod(1) },
  .init("amax") { try $0.amax([1]) }, .init("max") { try $0.max(0).values },
  .init("median") { try $0.median(1).values },
  .init("softmax") { try $0.softmax(1) }, .init("logSoftmax") { try $0.logSoftmax(0) },
  .init("logsumexp") { try $0.logsumexp([0, 1]) }, .init("cumsum") { try $0.cumsum(1) },
  .init("cumprod") { try $0.cumprod(1) }, .init("cummax") { try $0.cummax(1).values },
  .init("logcumsumexp") { try $0.logcumsumexp(1) }, .init("vectorNorm 2") { try $0.vectorNorm(2, dims: [1]) },
  .init("vectorNorm 3") { try $0.vectorNorm(3) }, .init("vectorNorm 1.5") { try $0.vectorNorm(1.5) },
  .init("vectorNorm inf") { try $0.vectorNorm(.infinity) }, .init("renorm") { try $0.renorm(2, 0, 0.7) },
  .init("cdist") { try $0.cdist($0.flip([0]).mul(2)) }, .init("sort") { try $0.sort(1).values },
  .init("topk") { try $0.topk(2).values }, .init("cov") { try $0.cov() },
]

private let shapes: [DifferentiableCase] = [
  .init("flip") { try $0.flip([0, 1]) }, .init("roll") { try $0.roll([1], [1]) }, .init("rot90") { try $0.rot90() },
  .init("tril") { try $0.tril() }, .init("diagonal", [3, 3]) { try $0.diagonal() },
  .init("diagEmbed") { try $0.diagEmbed() }, .init("unfold", [5]) { try $0.unfold(0, 3, 1) },
  .init("repeated") { try $0.repeated([2, 2]) }, .init("cat") { try Tensor.cat([$0, $0.square()], dim: 1) },
  .init("stack") { try Tensor.stack([$0, $0], dim: 1) }, .init("pad") { try $0.pad([1, 2], mode: .constant(3)) },
  .init("pad reflect", [1, 1, 4]) { try $0.pad([2, 1], mode: .reflect) },
  .init("gather") { try $0.gather(1, Tensor([2, 0, 0, 1] as [Int64], shape: [2, 2])) },
  .init("index") { try $0.index([nil, Tensor([2, 0, 2] as [Int64])]) },
  .init("scatterAdd") { try $0.scatterAdd(1, Tensor([1, 1] as [Int64], shape: [2, 1]), $0.narrow(1, 0, 1)) },
  .init("indexAdd") { try $0.indexAdd(1, Tensor([0, 0] as [Int64]), $0.narrow(1, 1, 2)) },
  .init("maskedSelect") { try $0.maskedSelect($0.gt(1)) },
]

private let products: [DifferentiableCase] = [
  .init("mm") { try $0.mm($0.t()) }, .init("matmul", [2, 2, 3]) { try $0.matmul($0.transpose(1, 2)) },
  .init("addmm", [2, 2]) { try $0.addmm($0, $0, beta: 0.5, alpha: 2) },
  .init("einsum", [2, 3]) { try Tensor.einsum("ij,kj->ik", [$0, $0]) }, .init("kron", [2, 2]) { try $0.kron($0) },
  .init("solve", [3, 3]) { try DifferentiableCase.regular($0).linalgSolve($0) },
  .init("inv", [3, 3]) { try DifferentiableCase.regular($0).linalgInv() },
  .init("det", [3, 3]) { try DifferentiableCase.regular($0).linalgDet() },
  .init("slogdet", [3, 3]) { try DifferentiableCase.regular($0).linalgSlogdet().logabsdet },
  .init("cholesky", [3, 3]) { try DifferentiableCase.positive($0).linalgCholesky() },
  .init("qr tall", [4, 2]) { try $0.linalgQr().q }, .init("qr wide", [2, 4]) { try $0.linalgQr().r },
  .init("eigenvalues", [3, 3]) { try DifferentiableCase.positive($0).linalgEigh().values },
  .init("singular values", [3, 2]) { try $0.svdvals() }, .init("pinv", [3, 2]) { try $0.linalgPinv() },
]

extension DifferentiableCase {
  fileprivate static func regular(_ x: Tensor) throws -> Tensor { try x.add(Tensor.eye(3, dtype: .float64).mul(3)) }
  fileprivate static func positive(_ x: Tensor) throws -> Tensor {
    try x.matmul(x.t()).add(Tensor.eye(3, dtype: .float64))
  }
}

private let layers: [DifferentiableCase] = [
  .init("layerNorm", [2, 4]) { try $0.layerNorm([4]) }, .init("rmsNorm", [2, 4]) { try $0.rmsNorm([4]) },
  .init("groupNorm", [2, 4, 3]) { try $0.groupNorm(2) }, .init("instanceNorm", [2, 2, 3]) { try $0.instanceNorm() },
  .init("localResponseNorm", [1, 4, 2]) { try $0.localResponseNorm(3, alpha: 0.5) },
  .init("interpolate bilinear", [1, 1, 3, 3]) { try $0.interpolate(size: [5, 2], mode: .bilinear) },
  .init("interpolate bicubic", [1, 1, 3, 3]) { try $0.interpolate(size: [5, 4], mode: .bicubic) },
  .init("unfoldWindows", [1, 1, 3, 4]) { try $0.unfoldWindows([2], padding: [1]) },
  .init("foldWindows", [1, 4, 4]) { try $0.foldWindows([3, 3], [2]) },
  .init("pixelShuffle", [4, 2, 1]) { try $0.pixelShuffle(2) },
  .init("attention", [1, 3, 2]) { try $0.scaledDotProductAttention($0.mul(2), $0.square(), isCausal: true) },
  .init("embedding", [3, 2]) { try $0.embedding(Tensor([2, 0, 2] as [Int64])) },
  .init("crossEntropy", [2, 3]) { try $0.crossEntropy(Tensor([2, 0] as [Int64]), labelSmoothing: 0.1) },
  .init("huberLoss") { try $0.huberLoss($0.flip([1]), delta: 0.5) },
  .init("klDiv") { try $0.klDiv($0.square()) },
  .init("binaryCrossEntropy", in: 0.1...0.9) { try $0.binaryCrossEntropy($0.square()) },
  .init("binaryCrossEntropyWithLogits") { try $0.binaryCrossEntropyWithLogits($0.square()) },
  .init("cosineSimilarity") { try $0.cosineSimilarity($0.square()) },
  .init("multiMarginLoss") { try $0.multiMarginLoss(Tensor([2, 0] as [Int64])) },
]

@Suite("Gradients of operators")
struct GradientTests {
  @Test(
    "agree with differences of the values",
    arguments: elementwise + activations + reductions + shapes + products + layers)
  func agreeWithDifferences(_ example: DifferentiableCase) throws {
    let x = try example.operand()
    try x.setRequiresGrad(true)
    let y = try example.operation(x)
    // Weights that tell the outputs apart.
    let weights = try DifferentiableCase("", y.shape) { $0 }.operand()
    let gradient = try #require(
      try Autograd.gradients(of: [y], withRespectTo: [x], gradients: [weights])[0]
    ).doubles()
    let values = try x.doubles()
    let step = 1e-6
    for i in values.indices {
      func loss(_ change: Double) throws -> Double {
        var moved = values
        moved[i] += change
        let input = try Tensor(moved, shape: example.shape, dtype: .float64)
        return try example.operation(input).mul(weights).sum().item().double
      }
      let difference = try (loss(step) - loss(-step)) / (2 * step)
      #expect(abs(gradient[i] - difference) <= 1e-5 + 1e-4 * abs(difference), "element \(i)")
    }
  }

  @Test("of gradients exist", arguments: [elementwise[0], activations[1], reductions[8], products[0]])
  func ofGradients(_ example: DifferentiableCase) throws {
    let x = try example.operand()
    try x.setRequiresGrad(true)
    let y = try example.operation(x).square().sum()
    let first = try #require(try Autograd.gradients(of: [y], withRespectTo: [x], createGraph: true)[0])
    let second = try Autograd.gradients(of: [first.sum()], withRespectTo: [x])[0]
    #expect(second?.shape == example.shape)
  }
}
