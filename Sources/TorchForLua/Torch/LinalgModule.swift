import Lua
import Tensor

/// The module `torch.linalg`.
enum LinalgModule {
  static func declare(_ state: LuaState) throws -> LuaModule {
    var operators = OperatorList()
    operators.addLinalgNorms()
    operators.addSolvers()
    operators.addDecompositions()
    return LuaModule("torch.linalg", help: "Linear algebra.", functions: operators.functions)
  }
}

extension OperatorList {
  fileprivate mutating func addLinalgNorms() {
    let options = "keepdim: bool = false, *, dtype: dtype? = nil) -> Tensor"
    add(
      "norm", "(A: Tensor, ord: float|string|nil = nil, dim: int|int[]|nil = nil, \(options)",
      "The norm of a vector or a matrix.", "torch.linalg.norm(torch.tensor{3., 4.})", placement: .function
    ) { a in
      try a.tensor(0).linalgNorm(
        a.matrixNorm(1), dims: a.optionalInts(2), keepDim: a.bool(3), dtype: a.optionalDType(4))
    }
    add(
      "vector_norm", "(x: Tensor, ord: float = 2, dim: int|int[]|nil = nil, \(options)", "The norm of the elements.",
      "torch.linalg.vector_norm(torch.tensor{3., 4.})", placement: .function
    ) { a in
      try a.tensor(0).vectorNorm(a.double(1), dims: a.reducedDims(2), keepDim: a.bool(3), dtype: a.optionalDType(4))
    }
    add(
      "matrix_norm", "(A: Tensor, ord: float|string = 'fro', dim: int[]|nil = nil, \(options)",
      "The norm of matrices.", "torch.linalg.matrix_norm(torch.eye(2))", placement: .function
    ) { a in
      try a.tensor(0).matrixNorm(
        a.matrixNorm(1) ?? .frobenius, dims: a.optionalInts(2) ?? [-2, -1], keepDim: a.bool(3),
        dtype: a.optionalDType(4))
    }
  }

  fileprivate mutating func addSolvers() {
    add(
      "solve", "(A: Tensor, B: Tensor, *, left: bool = true) -> Tensor", "The solution of A X = B.",
      "torch.linalg.solve(torch.eye(2), torch.ones(2))", placement: .function
    ) { a in try a.tensor(0).linalgSolve(a.tensor(1), left: a.bool(2)) }
    add(
      "solve_triangular",
      "(A: Tensor, B: Tensor, *, upper: bool, left: bool = true, unitriangular: bool = false) -> Tensor",
      "The solution of A X = B, A triangular.",
      "torch.linalg.solve_triangular(torch.eye(2), torch.ones(2, 1), {upper = true})", placement: .function
    ) { a in
      try a.tensor(0).linalgSolveTriangular(
        a.tensor(1), upper: a.bool(2), left: a.bool(3), unitriangular: a.bool(4))
    }
    add("inv", "(A: Tensor) -> Tensor", "The inverse.", "torch.linalg.inv(torch.eye(2))", placement: .function) { a in
      try a.tensor(0).linalgInv()
    }
    let tolerance = "*, atol: float = 0.0, rtol: float? = nil) -> Tensor"
    add(
      "pinv", "(A: Tensor, \(tolerance)", "The pseudoinverse.", "torch.linalg.pinv(torch.ones(2, 3))",
      placement: .function
    ) { a in try a.tensor(0).linalgPinv(rtol: a.optionalDouble(2), atol: a.double(1)) }
    add(
      "matrix_rank", "(A: Tensor, \(tolerance)", "The rank.", "torch.linalg.matrix_rank(torch.eye(2))",
      placement: .function
    ) { a in try a.tensor(0).linalgMatrixRank(rtol: a.optionalDouble(2), atol: a.double(1)) }
    add("det", "(A: Tensor) -> Tensor", "The determinant.", "torch.linalg.det(torch.eye(2))", placement: .function) {
      a in try a.tensor(0).linalgDet()
    }
    results(
      "slogdet", "(A: Tensor) -> Tensor, Tensor", "The sign of the determinant and the logarithm of its magnitude.",
      "torch.linalg.slogdet(torch.eye(2))", placement: .function
    ) { a in
      let found = try a.tensor(0).linalgSlogdet()
      return a.results(found.sign, found.logabsdet)
    }
    add(
      "matrix_power", "(A: Tensor, n: int) -> Tensor", "A matrix to an integer power.",
      "torch.linalg.matrix_power(torch.ones(2, 2), 3)", placement: .function
    ) { a in try a.tensor(0).matrixPower(a.int(1)) }
    add(
      "multi_dot", "(tensors: Tensor[]) -> Tensor", "The product of a chain of matrices.",
      "torch.linalg.multi_dot({torch.eye(2), torch.eye(2)})", placement: .function
    ) { a in try Tensor.multiDot(a.tensors(0)) }
  }

  fileprivate mutating func addDecompositions() {
    add(
      "cholesky", "(A: Tensor, *, upper: bool = false) -> Tensor", "The triangular root of a positive-definite matrix.",
      "torch.linalg.cholesky(torch.eye(2))", placement: .function
    ) { a in try a.tensor(0).linalgCholesky(upper: a.bool(1)) }
    results(
      "qr", "(A: Tensor, mode: string = 'reduced') -> Tensor, Tensor", "An orthogonal times a triangular matrix.",
      "torch.linalg.qr(torch.eye(2))", placement: .function
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
      "Singular values and the orthogonal matrices around them.", "torch.linalg.svd(torch.eye(2))",
      placement: .function
    ) { a in
      let found = try a.tensor(0).linalgSvd(fullMatrices: a.bool(1))
      return a.results(found.u, found.s, found.vh)
    }
    add(
      "svdvals", "(A: Tensor) -> Tensor", "Singular values.", "torch.linalg.svdvals(torch.eye(2))",
      placement: .function
    ) { a in try a.tensor(0).svdvals() }
    results(
      "eigh", "(A: Tensor, UPLO: string = 'L') -> Tensor, Tensor",
      "Eigenvalues and eigenvectors of a symmetric matrix.", "torch.linalg.eigh(torch.eye(2))", placement: .function
    ) { a in
      let found = try a.tensor(0).linalgEigh(upper: a.usesUpper(1))
      return a.results(found.values, found.vectors)
    }
    add(
      "eigvalsh", "(A: Tensor, UPLO: string = 'L') -> Tensor", "Eigenvalues of a symmetric matrix.",
      "torch.linalg.eigvalsh(torch.eye(2))", placement: .function
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
