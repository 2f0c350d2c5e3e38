import Lua
import Tensor

extension OperatorList {
  /// What `torch.linalg` has for factors that are kept, and for matrices that may be singular.
  mutating func addFactorizations() {
    addLUFactors()
    addUncheckedSolvers()
    add(
      "householder_product", "(A: Tensor, tau: Tensor) -> Tensor",
      """
      The first columns of the product of reflections 1 - tau v v^T, whose vectors v are the columns of A below ones on its \
      diagonal, as torch.geqrf() gives them.
      """,
      """
      a, tau = torch.geqrf(torch.tensor{{3.}, {4.}})
      torch.linalg.householder_product(a, tau) --> tensor([[-0.6000],
      -->         [-0.8000]])
      """, placement: .function
    ) { a in try a.tensor(0).householderProduct(a.tensor(1)) }
  }

  private mutating func addLUFactors() {
    results(
      "lu", "(A: Tensor, *, pivot: bool = true) -> Tensor, Tensor, Tensor",
      """
      P, L and U with P L U = A, three tensors: a permutation, a lower triangular matrix with ones on its diagonal and an upper \
      triangular one. Without pivot an error, as on PyTorch's CPU.
      """,
      """
      p, l, u = torch.linalg.lu(torch.tensor{{1., 2.}, {2., 3.}})
      u --> tensor([[2.0000, 3.0000],
      -->         [0.0000, 0.5000]])
      """, placement: .function
    ) { a in
      try a.checkPivots(1)
      let found = try a.tensor(0).linalgLU()
      return a.results(found.p, found.l, found.u)
    }
    results(
      "lu_factor", "(A: Tensor, *, pivot: bool = true) -> Tensor, Tensor",
      """
      The factors of lu() in one matrix, L without its ones, and the rows, counted from 1, that each was exchanged with in turn: \
      two tensors, which lu_solve() takes. An error where U has a 0 on its diagonal.
      """,
      "torch.linalg.lu_factor(torch.tensor{{1., 2.}, {2., 3.}}) --> tensor([[2.0000, 3.0000],\n-->         [0.5000, 0.5000]])\n--> tensor([2, 2], dtype=torch.int32)",
      placement: .function
    ) { a in
      try a.checkPivots(1)
      let found = try a.tensor(0).linalgLUFactor()
      return a.results(found.factors, found.pivots)
    }
    results(
      "lu_factor_ex", "(A: Tensor, *, pivot: bool = true, check_errors: bool = false) -> Tensor, Tensor, Tensor",
      """
      lu_factor() that is no error where U has a 0 on its diagonal, unless check_errors is true: a third tensor says for each \
      matrix where, counted from 1, or 0.
      """,
      """
      lu, pivots, info = torch.linalg.lu_factor_ex(torch.ones(2, 2))
      info --> tensor(2, dtype=torch.int32)
      """, placement: .function
    ) { a in
      try a.checkPivots(1)
      let found = try a.tensor(0).linalgLUFactorEx()
      if try a.bool(2) { try found.checkDivisible("torch.linalg.lu_factor_ex") }
      return a.results(found.factors, found.pivots, found.info)
    }
    add(
      "lu_solve",
      "(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = true, adjoint: bool = false) -> Tensor",
      """
      The X for which A X = B, or X A = B without left, where lu_factor() gave LU and pivots of A. adjoint takes the transpose of A \
      instead.
      """,
      """
      lu, pivots = torch.linalg.lu_factor(torch.tensor{{2., 0.}, {0., 4.}})
      torch.linalg.lu_solve(lu, pivots, torch.tensor{{2.}, {8.}}) --> tensor([[1.],
      -->         [2.]])
      """, placement: .function
    ) { a in try a.tensor(0).linalgLUSolve(a.tensor(1), a.tensor(2), left: a.bool(3), adjoint: a.bool(4)) }
  }

  private mutating func addUncheckedSolvers() {
    results(
      "solve_ex", "(A: Tensor, B: Tensor, *, left: bool = true, check_errors: bool = false) -> Tensor, Tensor",
      """
      solve() that is no error where A is singular, unless check_errors is true: a second tensor says for each matrix which pivot is \
      0, counted from 1, or 0.
      """,
      "torch.linalg.solve_ex(torch.tensor{{2., 0.}, {0., 4.}}, torch.tensor{2., 8.}) --> tensor([1., 2.])  tensor(0, dtype=torch.int32)",
      placement: .function
    ) { a in
      let found = try a.tensor(0).linalgSolveEx(a.tensor(1), left: a.bool(2), checkErrors: a.bool(3))
      return a.results(found.result, found.info)
    }
    results(
      "inv_ex", "(A: Tensor, *, check_errors: bool = false) -> Tensor, Tensor",
      """
      inv() that is no error where a matrix is singular, unless check_errors is true: a second tensor says for each matrix which \
      pivot is 0, counted from 1, or 0.
      """,
      "torch.linalg.inv_ex(torch.tensor{{2.}}) --> tensor([[0.5000]])  tensor(0, dtype=torch.int32)",
      placement: .function
    ) { a in
      let found = try a.tensor(0).linalgInvEx(checkErrors: a.bool(1))
      return a.results(found.inverse, found.info)
    }
    results(
      "cholesky_ex", "(A: Tensor, *, upper: bool = false, check_errors: bool = false) -> Tensor, Tensor",
      """
      cholesky() that is no error where a matrix is not positive-definite, unless check_errors is true: a second tensor says for each \
      matrix the order of the first leading minor that is not, or 0. The factor is finished up to there.
      """,
      "torch.linalg.cholesky_ex(torch.tensor{{4.}}) --> tensor([[2.]])  tensor(0, dtype=torch.int32)",
      placement: .function
    ) { a in
      let found = try a.tensor(0).linalgCholeskyEx(upper: a.bool(1), checkErrors: a.bool(2))
      return a.results(found.factor, found.info)
    }
  }

  /// What `torch` has for factors as LAPACK packs them.
  mutating func addPackedFactors() {
    results(
      "lu", "(input: Tensor, pivot: bool = true, get_infos: bool = false) -> Tensor, Tensor, Tensor",
      """
      The packed factors and the pivots of torch.linalg.lu_factor_ex(), two tensors; with get_infos the third one, too.
      """,
      """
      lu, pivots = torch.lu(torch.tensor{{1., 2.}, {2., 3.}})
      pivots --> tensor([2, 2], dtype=torch.int32)
      """
    ) { a in
      try a.checkPivots(1)
      let found = try a.tensor(0).linalgLUFactorEx()
      return try a.bool(2)
        ? a.results(found.factors, found.pivots, found.info) : a.results(found.factors, found.pivots)
    }
    results(
      "lu_unpack",
      "(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = true, unpack_pivots: bool = true) -> Tensor, Tensor, Tensor",
      """
      P, L and U with P L U the matrix whose factors and pivots torch.linalg.lu_factor() gave, three tensors. L and U are empty without \
      unpack_data, P without unpack_pivots.
      """,
      """
      p, l, u = torch.lu_unpack(torch.linalg.lu_factor(torch.tensor{{1., 2.}, {2., 3.}}))
      p --> tensor([[0., 1.],
      -->         [1., 0.]])
      """, placement: .function
    ) { a in
      let found = try a.tensor(0).luUnpack(a.tensor(1), triangles: a.bool(2), permutation: a.bool(3))
      return a.results(found.p, found.l, found.u)
    }
    add(
      "lu_solve", "(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor",
      "The X for which A X = b: torch.linalg.lu_solve() with b in front.",
      "torch.lu_solve(torch.tensor{{8.}}, torch.linalg.lu_factor(torch.tensor{{4.}})) --> tensor([[2.]])"
    ) { a in try a.tensor(1).linalgLUSolve(a.tensor(2), a.tensor(0)) }
    results(
      "geqrf", "(input: Tensor) -> Tensor, Tensor",
      """
      A QR decomposition as LAPACK packs it: R, and below its diagonal the vectors of reflections whose product is Q; and their \
      factors tau. Two tensors, without gradients; torch.linalg.qr() has them.
      """,
      "torch.geqrf(torch.tensor{{3.}, {4.}}) --> tensor([[-5.0000],\n-->         [ 0.5000]])\n--> tensor([1.6000])"
    ) { a in
      let found = try a.tensor(0).geqrf()
      return a.results(found.a, found.tau)
    }
    add(
      "orgqr", "(input: Tensor, tau: Tensor) -> Tensor",
      "The orthogonal matrix of the reflections that geqrf() gave: torch.linalg.householder_product().",
      "torch.orgqr(torch.geqrf(torch.tensor{{3.}, {4.}})) --> tensor([[-0.6000],\n-->         [-0.8000]])"
    ) { a in try a.tensor(0).householderProduct(a.tensor(1)) }
    add(
      "ormqr", "(input: Tensor, tau: Tensor, other: Tensor, left: bool = true, transpose: bool = false) -> Tensor",
      """
      Q times other, or other times Q without left, where Q is the whole orthogonal matrix of the reflections that geqrf() gave; \
      transpose takes its transpose.
      """,
      """
      a, tau = torch.geqrf(torch.tensor{{3.}, {4.}})
      torch.ormqr(a, tau, torch.tensor{{3.}, {4.}}, true, true) --> tensor([[-5.],
      -->         [ 0.]])
      """
    ) { a in try a.tensor(0).ormqr(a.tensor(1), a.tensor(2), left: a.bool(3), transposed: a.bool(4)) }
  }
}

extension Arguments {
  /// - Throws: ``TensorError`` where rows shall stay in their order, for which PyTorch has no code either.
  fileprivate func checkPivots(_ index: Int) throws {
    guard try bool(index) else {
      throw TensorError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    }
  }
}
