import Lua
import Tensor

extension OperatorList {
  mutating func addNorms() {
    add(
      "norm",
      "(input: Tensor, p: float|string|nil = nil, dim: int|int[]|nil = nil, keepdim: bool = false, *, dtype: dtype? = nil) -> Tensor",
      "The p-norm of the elements; 'fro' is that of their squares, 'nuc' the sum of a matrix' singular values.",
      "torch.norm(torch.tensor{3., 4.})"
    ) { a in
      try a.tensor(0).norm(
        a.matrixNorm(1) ?? .frobenius, dims: a.reducedDims(2), keepDim: a.bool(3), dtype: a.optionalDType(4))
    }
    add(
      "dist", "(input: Tensor, other: Tensor, p: float = 2) -> Tensor", "The p-norm of the difference.",
      "torch.dist(torch.zeros(2), torch.ones(2))"
    ) { a in try a.tensor(0).dist(a.tensor(1), p: a.double(2)) }
    add(
      "renorm", "(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor",
      "Slices along a dimension scaled down to a largest norm.", "torch.renorm(torch.ones(2, 3), 2, 0, 1)",
      inPlace: true
    ) { a in try a.tensor(0).renorm(a.double(1), a.int(2), a.double(3)) }
    add(
      "cdist",
      "(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: string = 'use_mm_for_euclid_dist_if_necessary') -> Tensor",
      "The distances between all pairs of rows.", "torch.cdist(torch.zeros(2, 3), torch.ones(1, 3))",
      placement: .function
    ) { a in try a.tensor(0).cdist(a.tensor(1), p: a.double(2), computeMode: a.string(3)) }
    add(
      "lerp", "(input: Tensor, end: Tensor, weight: Tensor|float) -> Tensor", "input + weight * (end - input).",
      "torch.lerp(torch.zeros(2), torch.ones(2), 0.5)", inPlace: true
    ) { a in try a.tensor(0).lerp(a.tensor(1), a.operand(2)) }
    add(
      "addcmul", "(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Scalar = 1) -> Tensor",
      "input + value * tensor1 * tensor2.", "torch.addcmul(torch.zeros(2), torch.ones(2), torch.ones(2))",
      inPlace: true
    ) { a in try a.tensor(0).addcmul(a.tensor(1), a.tensor(2), value: a.scalar(3)) }
    add(
      "addcdiv", "(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Scalar = 1) -> Tensor",
      "input + value * tensor1 / tensor2.", "torch.addcdiv(torch.zeros(2), torch.ones(2), torch.ones(2))",
      inPlace: true
    ) { a in try a.tensor(0).addcdiv(a.tensor(1), a.tensor(2), value: a.scalar(3)) }
    unary("lgamma", "The logarithm of the gamma function.") { try $0.lgamma() }
    unary("digamma", "The logarithmic derivative of the gamma function.") { try $0.digamma() }
    unary("erfinv", "The inverse of the error function.") { try $0.erfinv() }
    unary("relu", "max(0, x).") { try $0.relu() }
  }
}

extension Arguments {
  /// A norm by its name or order.
  func matrixNorm(_ index: Int) throws -> Tensor.MatrixNorm? {
    guard has(index) else { return nil }
    guard self[index].number == nil else { return .order(try double(index)) }
    switch try string(index) {
    case "fro": return .frobenius
    case "nuc": return .nuclear
    case "inf": return .order(.infinity)
    case "-inf": return .order(-.infinity)
    case let name: throw TensorError("linalg.matrix_norm: Order \(name) not supported.")
    }
  }
}
