import Lua
import Tensor

extension OperatorList {
  mutating func addNorms() {
    add(
      "norm",
      "(input: Tensor, p: float|string|nil = nil, dim: int|int[]|nil = nil, keepdim: bool = false, *, dtype: dtype? = nil) -> Tensor",
      """
      The p-norm of all elements, or along dim: the p-th root of the sum of |x| ^ p. p is a number, 'inf', \
      '-inf', 'fro' (the root of the sum of squares, as nil) or 'nuc' (the sum of a matrix' singular \
      values).
      """,
      "torch.norm(torch.tensor{3., 4.}) --> tensor(5.)"
    ) { a in
      try a.tensor(0).norm(
        a.matrixNorm(1) ?? .frobenius, dims: a.reducedDims(2), keepDim: a.bool(3), dtype: a.optionalDType(4))
    }
    add(
      "dist", "(input: Tensor, other: Tensor, p: float = 2) -> Tensor",
      "The p-norm of input - other, all elements taken as one vector: a tensor of no dimension.",
      "torch.dist(torch.tensor{0., 0.}, torch.tensor{3., 4.}) --> tensor(5.)"
    ) { a in try a.tensor(0).dist(a.tensor(1), p: a.double(2)) }
    add(
      "renorm", "(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor",
      "Each slice along dim scaled down so that its p-norm is at most maxnorm; slices below that stay.",
      "torch.renorm(torch.tensor{{3., 4.}, {0.3, 0.4}}, 2, 0, 1) --> tensor([[0.6000, 0.8000],\n-->         [0.3000, 0.4000]])",
      inPlace: true
    ) { a in try a.tensor(0).renorm(a.double(1), a.int(2), a.double(3)) }
    add(
      "cdist",
      "(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: string = 'use_mm_for_euclid_dist_if_necessary') -> Tensor",
      """
      The p-norm distances between all pairs of rows: for x1 (..., P, M) and x2 (..., R, M) the result is \
      (..., P, R).
      """, "torch.cdist(torch.zeros(1, 2), torch.tensor{{3., 4.}, {0., 1.}}) --> tensor([[5., 1.]])",
      placement: .function
    ) { a in try a.tensor(0).cdist(a.tensor(1), p: a.double(2), computeMode: a.string(3)) }
    add(
      "lerp", "(input: Tensor, end: Tensor, weight: Tensor|float) -> Tensor",
      """
      What lies weight of the way from input to end: input + weight * (end - input). weight is a number or a \
      tensor.
      """,
      "torch.lerp(torch.tensor{0., 10.}, torch.tensor{10., 20.}, 0.5) --> tensor([ 5., 15.])", inPlace: true
    ) { a in try a.tensor(0).lerp(a.tensor(1), a.operand(2)) }
    add(
      "addcmul", "(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Scalar = 1) -> Tensor",
      "input + value * tensor1 * tensor2, element by element, with broadcasting.",
      "torch.addcmul(torch.tensor{1., 1.}, torch.tensor{2., 3.}, torch.tensor{4., 5.}) --> tensor([ 9., 16.])",
      inPlace: true
    ) { a in try a.tensor(0).addcmul(a.tensor(1), a.tensor(2), value: a.scalar(3)) }
    add(
      "addcdiv", "(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Scalar = 1) -> Tensor",
      "input + value * tensor1 / tensor2, element by element, with broadcasting, in floating point.",
      "torch.addcdiv(torch.tensor{1., 1.}, torch.tensor{2., 3.}, torch.tensor{4., 5.}) --> tensor([1.5000, 1.6000])",
      inPlace: true
    ) { a in try a.tensor(0).addcdiv(a.tensor(1), a.tensor(2), value: a.scalar(3)) }
    unary("relu", "max(0, input): negative elements become 0.", of: "torch.tensor{-1., 2.}", is: "tensor([0., 2.])") {
      try $0.relu()
    }
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
