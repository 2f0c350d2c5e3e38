import Lua
import Tensor

/// The module `torch.linalg`.
enum LinalgModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    LuaModule(
      "torch.linalg",
      help: "Linear algebra: norms, solvers, decompositions; of matrices (n, m), or batches of them (..., n, m).",
      example: "torch.linalg.det(torch.tensor{{1., 2.}, {3., 4.}}) --> tensor(-2.0000)",
      functions: OutArgument.added(toLinearAlgebra: operators))
  }

  private static var operators: [Function] {
    var operators = OperatorList()
    operators.addLinalgNorms()
    operators.addVectorProducts()
    operators.addSolvers()
    operators.addTensorSolvers()
    operators.addDecompositions()
    operators.addFactorizations()
    return operators.functions
  }

  /// What `torch` and tensors have under the same name.
  static var sharedWithTorch: [Function] {
    operators.filter { ["det", "matrix_exp", "matrix_power", "slogdet"].contains($0.name) }.map { function in
      Function(
        function.name, help: function.help, example: function.example.replacing("torch.linalg.", with: "torch."),
        function.overloads)
    }
  }
}

extension OperatorList {
  fileprivate mutating func addLinalgNorms() {
    let options = "keepdim: bool = false, *, dtype: dtype? = nil) -> Tensor"
    add(
      "norm", "(A: Tensor, ord: float|string|nil = nil, dim: int|int[]|nil = nil, \(options)",
      """
      The norm of a vector or of matrices. ord nil is the root of the sum of squares; a number, 'fro' or \
      'nuc' is a vector_norm() where dim names one dimension, else a matrix_norm().
      """, "torch.linalg.norm(torch.tensor{3., 4.}) --> tensor(5.)", placement: .function
    ) { a in
      try a.tensor(0).linalgNorm(
        a.matrixNorm(1), dims: a.optionalInts(2), keepDim: a.bool(3), dtype: a.optionalDType(4))
    }
    add(
      "vector_norm", "(x: Tensor, ord: float = 2, dim: int|int[]|nil = nil, \(options)",
      """
      The ord-norm of all elements, or along dimensions: (sum |x|^ord)^(1/ord); the largest magnitude for \
      inf, the smallest for -inf, the number of elements that are not zero for 0.
      """,
      "torch.linalg.vector_norm(torch.tensor{3., -4.}, 1) --> tensor(7.)", placement: .function
    ) { a in
      try a.tensor(0).vectorNorm(a.double(1), dims: a.reducedDims(2), keepDim: a.bool(3), dtype: a.optionalDType(4))
    }
    add(
      "matrix_norm", "(A: Tensor, ord: float|string = 'fro', dim: int[]|nil = nil, \(options)",
      """
      The norm of matrices, which lie in the last two dimensions unless dim tells: 'fro', 'nuc' (the sum of \
      singular values), 2 and -2 (the largest and smallest), 1, -1 (of column sums), inf, -inf (of row \
      sums).
      """, "torch.linalg.matrix_norm(torch.tensor{{2., 0.}, {0., 4.}}, 2) --> tensor(4.)", placement: .function
    ) { a in
      try a.tensor(0).matrixNorm(
        a.matrixNorm(1) ?? .frobenius, dims: a.optionalInts(2) ?? [-2, -1], keepDim: a.bool(3),
        dtype: a.optionalDType(4))
    }
  }

  fileprivate mutating func addVectorProducts() {
    add(
      "cross", "(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor",
      "The vector product along the dimension dim, which has 3 elements. Other dimensions broadcast.",
      "torch.linalg.cross(torch.tensor{1., 0., 0.}, torch.tensor{0., 1., 0.}) --> tensor([0., 0., 1.])",
      placement: .function
    ) { a in try a.tensor(0).cross(a.tensor(1), dim: a.int(2)) }
    add(
      "vecdot", "(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor",
      "The dot products of vectors along the dimension dim. Other dimensions broadcast.",
      "torch.linalg.vecdot(torch.ones(2, 3), torch.ones(3)) --> tensor([3., 3.])", placement: .function
    ) { a in try a.tensor(0).vecdot(a.tensor(1), dim: a.int(2)) }
    add(
      "diagonal", "(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor",
      "A view of the diagonals of matrices, which lie in the last two dimensions unless dim1 and dim2 tell.",
      "torch.linalg.diagonal(torch.eye(2)) --> tensor([1., 1.])", placement: .function
    ) { a in try a.tensor(0).diagonal(offset: a.int(1), dim1: a.int(2), dim2: a.int(3)) }
  }

  fileprivate mutating func addSolvers() {
    add(
      "solve", "(A: Tensor, B: Tensor, *, left: bool = true) -> Tensor",
      """
      The X for which A X = B, or X A = B without left. A is (..., n, n), B (..., n, k), or (n) for one \
      vector; an error where A is singular.
      """,
      "torch.linalg.solve(torch.tensor{{2., 0.}, {0., 4.}}, torch.tensor{2., 8.}) --> tensor([1., 2.])",
      placement: .function
    ) { a in try a.tensor(0).linalgSolve(a.tensor(1), left: a.bool(2)) }
    add(
      "solve_triangular",
      "(A: Tensor, B: Tensor, *, upper: bool, left: bool = true, unitriangular: bool = false) -> Tensor",
      """
      The X for which A X = B, or X A = B without left, where A is upper or lower triangular; the other half \
      is not read, nor is the diagonal with unitriangular, which takes it as ones.
      """,
      """
      torch.linalg.solve_triangular(torch.tensor{{2., 0.}, {0., 4.}}, torch.tensor{{2.}, {8.}}, {upper = true}) --> tensor([[1.],
      -->         [2.]])
      """, placement: .function
    ) { a in
      try a.tensor(0).linalgSolveTriangular(
        a.tensor(1), upper: a.bool(2), left: a.bool(3), unitriangular: a.bool(4))
    }
    add(
      "inv", "(A: Tensor) -> Tensor", "The inverse of square matrices; an error where one is singular.",
      "torch.linalg.inv(torch.tensor{{2., 0.}, {0., 4.}}) --> tensor([[0.5000, 0.0000],\n-->         [0.0000, 0.2500]])",
      placement: .function
    ) { a in
      try a.tensor(0).linalgInv()
    }
    let tolerance = "*, atol: Tensor|float? = nil, rtol: Tensor|float? = nil, hermitian: bool = false) -> Tensor"
    add(
      "pinv", "(A: Tensor, rcond: Tensor|float? = nil, \(tolerance)",
      """
      The pseudoinverse of matrices (..., n, m), which is (..., m, n), by singular values; those below \
      max(atol, rtol * largest) count as 0; rcond is an older name of rtol. Of hermitian, that is symmetric, matrices eigenvalues do.
      """, "torch.linalg.pinv(torch.ones(2, 1)) --> tensor([[0.5000, 0.5000]])",
      placement: .function
    ) { a in
      try a.tensor(0).linalgPinv(
        rtol: a.optionalOperand(3) ?? a.optionalOperand(1), atol: a.optionalOperand(2), hermitian: a.bool(4))
    }
    add(
      "matrix_rank", "(A: Tensor, \(tolerance)",
      "The rank of matrices: how many singular values are above max(atol, rtol * largest).",
      "torch.linalg.matrix_rank(torch.ones(2, 2)) --> tensor(1)",
      placement: .function
    ) { a in
      try a.tensor(0).linalgMatrixRank(
        rtol: a.optionalOperand(2), atol: a.optionalOperand(1), hermitian: a.bool(3))
    }
    add(
      "cond", "(A: Tensor, p: float|string|nil = nil) -> Tensor",
      """
      The condition number of matrices: the largest singular value over the smallest, or with p the p-norm times that \
      of the inverse; see matrix_norm().
      """, "torch.linalg.cond(torch.tensor{{2., 0.}, {0., 4.}}) --> tensor(2.)", placement: .function
    ) { a in try a.tensor(0).linalgCond(a.matrixNorm(1)) }
    results(
      "lstsq",
      "(A: Tensor, B: Tensor, rcond: float? = nil, *, driver: string? = nil) -> Tensor, Tensor, Tensor, Tensor",
      """
      The X for which |A X - B| is least, four tensors: X; the sums of squares that remain, if A has more \
      rows than columns and full rank; the ranks of A; its singular values. driver is 'gelsy' unless given, 'gels', 'gelsd' or \
      'gelss': all give the solution of least norm, and what PyTorch's do not compute is empty.
      """,
      "torch.linalg.lstsq(torch.eye(2), torch.ones(2, 1)) --> tensor([[1.],\n-->         [1.]])\n--> tensor([])\n--> tensor(2)\n--> tensor([])",
      placement: .function
    ) { a in
      guard let driver = Tensor.LeastSquaresDriver(rawValue: try a.optionalString(3) ?? "gelsy") else {
        throw TensorError("torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
      }
      let found = try a.tensor(0).linalgLstsq(a.tensor(1), rcond: a.optionalDouble(2), driver: driver)
      return a.results(found.solution, found.residuals, found.rank, found.singularValues)
    }
    add(
      "det", "(A: Tensor) -> Tensor", "The determinant of square matrices.",
      "torch.linalg.det(torch.tensor{{2., 0.}, {0., 4.}}) --> tensor(8.)", placement: .function
    ) {
      a in try a.tensor(0).linalgDet()
    }
    results(
      "slogdet", "(A: Tensor) -> Tensor, Tensor",
      """
      The sign of the determinant and the logarithm of its magnitude, two tensors: for determinants that \
      would overflow.
      """,
      "torch.linalg.slogdet(torch.tensor{{2., 0.}, {0., 4.}}) --> tensor(1.)  tensor(2.0794)", placement: .function
    ) { a in
      let found = try a.tensor(0).linalgSlogdet()
      return a.results(found.sign, found.logabsdet)
    }
    add(
      "matrix_power", "(A: Tensor, n: int) -> Tensor",
      "Square matrices to an integer power; negative ones take the inverse.",
      "torch.linalg.matrix_power(torch.tensor{{2., 0.}, {0., 4.}}, 3) --> tensor([[ 8.,  0.],\n-->         [ 0., 64.]])",
      placement: .function
    ) { a in try a.tensor(0).matrixPower(a.int(1)) }
    add(
      "matrix_exp", "(A: Tensor) -> Tensor",
      "The exponentials of square matrices: the sums of A^k / k! over k from 0 on.",
      "torch.linalg.matrix_exp(torch.zeros(2, 2)) --> tensor([[1., 0.],\n-->         [0., 1.]])", placement: .function
    ) { a in try a.tensor(0).matrixExp() }
    add(
      "matmul", "(input: Tensor, other: Tensor) -> Tensor", "The matrix product: torch.matmul().",
      "torch.linalg.matmul(torch.ones(2, 3), torch.ones(3)) --> tensor([3., 3.])", placement: .function
    ) { a in try a.tensor(0).matmul(a.tensor(1)) }
    add(
      "multi_dot", "(tensors: Tensor[]) -> Tensor",
      """
      The product of a chain of matrices, in the order that costs the fewest multiplications. The first and \
      last may be vectors.
      """,
      "torch.linalg.multi_dot({torch.ones(1, 2), torch.ones(2, 3), torch.ones(3)}) --> tensor([6.])",
      placement: .function
    ) { a in try Tensor.multiDot(a.tensors(0)) }
  }

  fileprivate mutating func addTensorSolvers() {
    add(
      "tensorsolve", "(A: Tensor, B: Tensor, *, dims: int[]|nil = nil) -> Tensor",
      """
      The X for which A contracted with X over its last dimensions is B: A's sizes are those of B, then those of X. \
      dims are moved behind A's others first.
      """,
      "torch.linalg.tensorsolve(torch.eye(4):view(2, 2, 4) * 2, torch.ones(2, 2)) --> tensor([0.5000, 0.5000, 0.5000, 0.5000])",
      placement: .function
    ) { a in try a.tensor(0).tensorSolve(a.tensor(1), dims: a.optionalInts(2)) }
    add(
      "tensorinv", "(A: Tensor, ind: int = 2) -> Tensor",
      "The inverse of the map from A's last dimensions to its first ind ones, whose sizes have the same product.",
      "torch.linalg.tensorinv(torch.eye(4):view(2, 2, 4)).shape --> torch.Size([4, 2, 2])", placement: .function
    ) { a in try a.tensor(0).tensorInverse(split: a.int(1)) }
    add(
      "vander", "(x: Tensor, *, N: int? = nil) -> Tensor",
      "Powers of the elements, from 0 to N - 1 (as many as there are unless given), along a new last dimension.",
      "torch.linalg.vander(torch.tensor{2, 3}) --> tensor([[1, 2],\n-->         [1, 3]])", placement: .function
    ) { a in
      let x = try a.tensor(0)
      let columns = try a.optionalInt(1) ?? x.shape.last ?? 1
      guard columns > 1 else { throw TensorError("N must be greater than 1.") }
      return try x.unsqueeze(-1).pow(Tensor.arange(0, .int(Int64(columns))))
    }
  }

  fileprivate mutating func addDecompositions() {
    add(
      "cholesky", "(A: Tensor, *, upper: bool = false) -> Tensor",
      """
      The lower triangular L with L L^T = A for symmetric positive-definite matrices, or with upper its \
      transpose; an error for others.
      """,
      "torch.linalg.cholesky(torch.tensor{{4., 2.}, {2., 2.}}) --> tensor([[2., 0.],\n-->         [1., 1.]])",
      placement: .function
    ) { a in try a.tensor(0).linalgCholesky(upper: a.bool(1)) }
    results(
      "qr", "(A: Tensor, mode: string = 'reduced') -> Tensor, Tensor",
      """
      An orthogonal Q and an upper triangular R with Q R = A, two tensors: 'reduced' (n, k) by (k, m) with k \
      = min(n, m), 'complete' with a square Q, 'r' with R alone and an empty Q.
      """,
      """
      q, r = torch.linalg.qr(torch.tensor{{3., 1.}, {4., 2.}})
      torch.allclose(q:matmul(r), torch.tensor{{3., 1.}, {4., 2.}}) --> true
      """, placement: .function
    ) { a in
      let name = try a.string(1)
      guard let mode = Tensor.QRMode(rawValue: name) else {
        throw TensorError(
          "qr received unrecognized mode '\(name)' but expected one of 'reduced' (default), 'r', or 'complete'")
      }
      let found = try a.tensor(0).linalgQr(mode: mode)
      return a.results(found.q, found.r)
    }
    results(
      "svd", "(A: Tensor, full_matrices: bool = true) -> Tensor, Tensor, Tensor",
      """
      U, S and V^T with U diag(S) V^T = A, three tensors: singular values S in descending order between \
      orthogonal matrices, square ones unless full_matrices is false.
      """,
      """
      u, s, vh = torch.linalg.svd(torch.tensor{{2., 0.}, {0., 4.}})
      s --> tensor([4., 2.])
      """,
      placement: .function
    ) { a in
      let found = try a.tensor(0).linalgSvd(fullMatrices: a.bool(1))
      return a.results(found.u, found.s, found.vh)
    }
    add(
      "svdvals", "(A: Tensor) -> Tensor", "The singular values of matrices, in descending order.",
      "torch.linalg.svdvals(torch.tensor{{2., 0.}, {0., 4.}}) --> tensor([4., 2.])",
      placement: .function
    ) { a in try a.tensor(0).svdvals() }
    results(
      "eigh", "(A: Tensor, UPLO: string = 'L') -> Tensor, Tensor",
      """
      Eigenvalues in ascending order and eigenvectors, as columns, of symmetric matrices: two tensors. Only \
      the triangle UPLO, 'L' or 'U', is read.
      """,
      "torch.linalg.eigh(torch.tensor{{2., 0.}, {0., 4.}}) --> tensor([2., 4.])\n--> tensor([[1., 0.],\n-->         [0., 1.]])",
      placement: .function
    ) { a in
      let found = try a.tensor(0).linalgEigh(upper: a.usesUpper(1))
      return a.results(found.values, found.vectors)
    }
    add(
      "eigvalsh", "(A: Tensor, UPLO: string = 'L') -> Tensor",
      """
      The eigenvalues of symmetric matrices in ascending order. Only the triangle UPLO, 'L' or 'U', is read.
      """,
      "torch.linalg.eigvalsh(torch.tensor{{2., 0.}, {0., 4.}}) --> tensor([2., 4.])", placement: .function
    ) { a in try a.tensor(0).linalgEigvalsh(upper: a.usesUpper(1)) }
  }
}

extension Arguments {
  fileprivate func usesUpper(_ index: Int) throws -> Bool {
    let name = try string(index)
    guard ["L", "U", "l", "u"].contains(name) else {
      throw TensorError("Expected UPLO argument to be 'L' or 'U', but got \(name)")
    }
    return name == "U" || name == "u"
  }
}
