import Lua
import Tensor

extension OperatorList {
  /// Operators that are composed of others.
  mutating func addCompositions() {
    addVectorProducts()
    addMatrixFunctions()
    addIntegrals()
    addDifferences()
    addCombinations()
    addScattersIntoViews()
    addSignalWindows()
  }

  private mutating func addVectorProducts() {
    add(
      "cross", "(input: Tensor, other: Tensor, dim: int? = nil) -> Tensor",
      """
      The vector product along the dimension dim, which has 3 elements; without dim along the first that has. \
      Other dimensions broadcast.
      """, "torch.cross(torch.tensor{1., 0., 0.}, torch.tensor{0., 1., 0.}) --> tensor([0., 0., 1.])"
    ) { a in
      guard let dim = try a.optionalInt(2) else { return try a.tensor(0).crossAlongFirst(a.tensor(1)) }
      return try a.tensor(0).cross(a.tensor(1), dim: dim)
    }
  }

  private mutating func addMatrixFunctions() {
    add(
      "inverse", "(input: Tensor) -> Tensor", "The inverse of square matrices: torch.linalg.inv().",
      "torch.inverse(torch.tensor{{2., 0.}, {0., 4.}}) --> tensor([[0.5000, 0.0000],\n-->         [0.0000, 0.2500]])"
    ) { a in try a.tensor(0).linalgInv() }
    add(
      "pinverse", "(input: Tensor, rcond: float = 1e-15) -> Tensor",
      "The pseudoinverse of matrices: torch.linalg.pinv() with rtol = rcond.",
      "torch.pinverse(torch.ones(2, 1)) --> tensor([[0.5000, 0.5000]])"
    ) { a in try a.tensor(0).linalgPinv(rtol: .wrapped(.double(a.double(1)))) }
    add(
      "logdet", "(input: Tensor) -> Tensor",
      "The logarithm of the determinant of square matrices: NaN where that is negative, -inf where it is 0.",
      "torch.logdet(torch.tensor{{2., 0.}, {0., 4.}}) --> tensor(2.0794)"
    ) { a in
      try a.tensor(0).logdet()
    }
    results(
      "svd", "(input: Tensor, some: bool = true, compute_uv: bool = true) -> Tensor, Tensor, Tensor",
      """
      U, S and V with U diag(S) V^T = input, three tensors; torch.linalg.svd() gives V^T instead. some = \
      false makes U and V square; compute_uv = false leaves them 0.
      """,
      """
      u, s, v = torch.svd(torch.tensor{{2., 0.}, {0., 4.}})
      s --> tensor([4., 2.])
      """
    ) { a in
      let found = try a.tensor(0).linalgSvd(fullMatrices: !a.bool(1) || !a.bool(2))
      guard try !a.bool(2) else { return a.results(found.u, found.s, try found.vh.transpose(-2, -1)) }
      return a.results(
        try Tensor.zeros(found.u.shape, dtype: found.u.dtype), found.s,
        try Tensor.zeros(found.vh.shape, dtype: found.vh.dtype))
    }
    addOlderFactorizations()
    addPackedFactors()
    add(
      "chain_matmul", "(matrices: Tensor...) -> Tensor",
      "The product of a chain of matrices: torch.linalg.multi_dot().",
      "torch.chain_matmul(torch.ones(1, 2), torch.ones(2, 1)) --> tensor([[2.]])", placement: .function
    ) { a in try Tensor.multiDot(a.tensors(0)) }
    add(
      "vander", "(x: Tensor, N: int? = nil, increasing: bool = false) -> Tensor",
      "Powers of a vector's elements as N columns, from N - 1 down to 0, or increasing up from 0.",
      "torch.vander(torch.tensor{2, 3}) --> tensor([[2, 1],\n-->         [3, 1]])", placement: .function
    ) { a in try a.tensor(0).vander(a.optionalInt(1), increasing: a.bool(2)) }
  }

  /// What `torch.linalg` has newer functions for.
  private mutating func addOlderFactorizations() {
    add(
      "cholesky", "(input: Tensor, upper: bool = false) -> Tensor",
      "The triangular factor of symmetric positive-definite matrices: torch.linalg.cholesky().",
      "torch.cholesky(torch.tensor{{4., 2.}, {2., 2.}}) --> tensor([[2., 0.],\n-->         [1., 1.]])"
    ) { a in try a.tensor(0).linalgCholesky(upper: a.bool(1)) }
    add(
      "cholesky_inverse", "(input: Tensor, upper: bool = false) -> Tensor",
      "The inverses of matrices whose factors cholesky() gave, with the same upper.",
      "torch.cholesky_inverse(torch.tensor{{2., 0.}, {1., 1.}}) --> tensor([[ 0.5000, -0.5000],\n-->         [-0.5000,  1.0000]])"
    ) { a in try a.tensor(0).choleskyInverse(upper: a.bool(1)) }
    add(
      "cholesky_solve", "(B: Tensor, L: Tensor, upper: bool = false) -> Tensor",
      "The X for which A X = B, where L is the factor of A that cholesky() gave, with the same upper.",
      "torch.cholesky_solve(torch.ones(2, 1), torch.tensor{{2., 0.}, {1., 1.}}) --> tensor([[0.0000],\n-->         [0.5000]])"
    ) { a in try a.tensor(0).choleskySolve(a.tensor(1), upper: a.bool(2)) }
    results(
      "qr", "(input: Tensor, some: bool = true) -> Tensor, Tensor",
      "An orthogonal and an upper triangular matrix, two tensors: torch.linalg.qr(), whose mode is 'complete' unless some.",
      """
      q, r = torch.qr(torch.tensor{{3., 1.}, {4., 2.}})
      torch.allclose(q:matmul(r), torch.tensor{{3., 1.}, {4., 2.}}) --> true
      """
    ) { a in
      let found = try a.tensor(0).linalgQr(mode: a.bool(1) ? .reduced : .complete)
      return a.results(found.q, found.r)
    }
    results(
      "triangular_solve",
      "(b: Tensor, A: Tensor, upper: bool = true, transpose: bool = false, unitriangular: bool = false) -> Tensor, Tensor",
      """
      The X for which A X = b, or A^T X = b with transpose, where A is triangular, and a copy of A: two tensors. \
      torch.linalg.solve_triangular() is newer.
      """,
      "torch.triangular_solve(torch.ones(2, 1), torch.tensor{{2., 1.}, {0., 1.}}) --> tensor([[0.],\n-->         [1.]])\n--> tensor([[2., 1.],\n-->         [0., 1.]])"
    ) { a in
      let (b, matrix) = (try a.tensor(0), try a.tensor(1))
      let (upper, isTransposed) = (try a.bool(2), try a.bool(3))
      guard b.rank >= 2 else {
        throw TensorError(
          "torch.triangular_solve: Expected b to have at least 2 dimensions, but it has \(b.rank) dimensions instead")
      }
      try matrix.checkTriangular(with: b)
      let factor = isTransposed ? try matrix.transpose(-2, -1) : matrix
      let solution = try factor.linalgSolveTriangular(b, upper: upper != isTransposed, unitriangular: a.bool(4))
      return a.results(solution, try matrix.clone())
    }
  }

  private mutating func addIntegrals() {
    let parameters = "(y: Tensor, x: Tensor? = nil, *, dx: float = 1, dim: int = -1) -> Tensor"
    let places = "The samples y lie at x, or dx apart, along the dimension dim."
    add(
      "trapezoid", parameters, "The integral by the trapezoidal rule. \(places)",
      "torch.trapezoid(torch.tensor{1., 2., 3.}) --> tensor(4.)", placement: .function
    ) { a in try a.tensor(0).trapezoid(a.optionalTensor(1), step: a.double(2), dim: a.int(3)) }
    alias("trapz", of: "trapezoid")
    add(
      "cumulative_trapezoid", parameters,
      "The integrals up to each sample but the first, by the trapezoidal rule. \(places)",
      "torch.cumulative_trapezoid(torch.tensor{1., 2., 3.}) --> tensor([1.5000, 4.0000])", placement: .function
    ) { a in try a.tensor(0).cumulativeTrapezoid(a.optionalTensor(1), step: a.double(2), dim: a.int(3)) }
  }

  private mutating func addDifferences() {
    results(
      "gradient",
      "(input: Tensor, *, spacing: float|float[]|Tensor[]|nil = nil, dim: int|int[]|nil = nil, edge_order: int = 1) -> table",
      """
      Estimates of the derivatives along all dimensions, or those of dim, by differences between neighbours: a table with a \
      tensor for each. Samples lie spacing apart: 1, a number, one for each dimension, or the places along each as tensors. \
      edge_order 2 estimates the ends from 3 samples.
      """, "torch.gradient(torch.tensor{1., 2., 4., 8.}) --> {tensor([1.0000, 1.5000, 3.0000, 4.0000])}",
      placement: .function
    ) { a in
      a.list(try a.tensor(0).gradients(a.spacing(1), dims: a.optionalInts(2), edgeOrder: a.int(3)))
    }
  }

  private mutating func addCombinations() {
    add(
      "block_diag", "(tensors: Tensor...) -> Tensor",
      "Matrices along the diagonal of one that is 0 elsewhere. Vectors and numbers count as rows.",
      "torch.block_diag(torch.ones(1, 2), torch.ones(1, 1)) --> tensor([[1., 1., 0.],\n-->         [0., 0., 1.]])",
      placement: .function
    ) { a in try Tensor.blockDiag(a.tensors(0)) }
    add(
      "cartesian_prod", "(tensors: Tensor...) -> Tensor",
      "All tuples of an element of each vector, as rows in order. A single vector stays as it is.",
      "torch.cartesian_prod(torch.tensor{1, 2}, torch.tensor{5}) --> tensor([[1, 5],\n-->         [2, 5]])",
      placement: .function
    ) { a in try Tensor.cartesianProd(a.tensors(0)) }
    add(
      "combinations", "(input: Tensor, r: int = 2, with_replacement: bool = false) -> Tensor",
      "The subsets of r elements of a vector, as rows in order; with_replacement lets an element come several times.",
      "torch.combinations(torch.tensor{1, 2, 3}) --> tensor([[1, 2],\n-->         [1, 3],\n-->         [2, 3]])",
      placement: .function
    ) { a in try a.tensor(0).combinations(a.int(1), withReplacement: a.bool(2)) }
    results(
      "unravel_index", "(indices: Tensor, shape: int|int[]) -> Tensor[]",
      """
      The indices along each dimension of a row-major array of the shape given, for positions in it: a table \
      of tensors.
      """, "torch.unravel_index(torch.tensor{5}, {2, 3}) --> {tensor([1]), tensor([2])}", placement: .function
    ) { a in a.list(try a.tensor(0).unravelIndex(a.ints(1))) }
  }

  private mutating func addScattersIntoViews() {
    add(
      "slice_scatter",
      "(input: Tensor, src: Tensor, dim: int = 0, start: int? = nil, end: int? = nil, step: int = 1) -> Tensor",
      "A copy of the input whose slice start to end, in steps, along the dimension dim is src.",
      "torch.slice_scatter(torch.zeros(4), torch.ones(2), 0, 1, 3) --> tensor([0., 1., 1., 0.])"
    ) { a in
      let (dim, start, end, step) = (try a.int(2), try a.optionalInt(3), try a.optionalInt(4), try a.int(5))
      return try a.tensor(0).scattered(a.tensor(1)) { try $0.slice(dim, start, end, step: step) }
    }
    add(
      "select_scatter", "(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor",
      "A copy of the input that is src at one index of the dimension dim.",
      "torch.select_scatter(torch.zeros(2, 2), torch.ones(2), 0, 1) --> tensor([[0., 0.],\n-->         [1., 1.]])"
    ) { a in
      let (dim, index) = (try a.int(2), try a.int(3))
      return try a.tensor(0).scattered(a.tensor(1)) { try $0.select(dim, index) }
    }
    add(
      "diagonal_scatter", "(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor",
      "A copy of the input whose diagonal between two dimensions is src; see diagonal().",
      "torch.diagonal_scatter(torch.zeros(2, 2), torch.ones(2)) --> tensor([[1., 0.],\n-->         [0., 1.]])"
    ) { a in
      let (offset, dim1, dim2) = (try a.int(2), try a.int(3), try a.int(4))
      return try a.tensor(0).scattered(a.tensor(1)) { try $0.diagonal(offset: offset, dim1: dim1, dim2: dim2) }
    }
    add(
      "as_strided_scatter",
      "(input: Tensor, src: Tensor, size: int[], stride: int[], storage_offset: int? = nil) -> Tensor",
      "A copy of the input of which the view that as_strided() makes is src.",
      "torch.as_strided_scatter(torch.zeros(4), torch.ones(2), {2}, {2}) --> tensor([1., 0., 1., 0.])"
    ) { a in
      let (sizes, strides, offset) = (try a.ints(2), try a.ints(3), try a.optionalInt(4))
      return try a.tensor(0).contiguous().scattered(a.tensor(1)) { try $0.asStrided(sizes, strides, offset: offset) }
    }
    results(
      "resize_", "(self: Tensor, sizes: int...) -> Tensor",
      """
      Gives the tensor another shape in place, in row-major order. It keeps its memory where that is large \
      enough; else it gets more, in which further elements are 0.
      """, "torch.arange(6):resize_(2, 2) --> tensor([[0, 1],\n-->         [2, 3]])", placement: .method
    ) { a in
      try a.tensor(0).resizeInPlace(a.ints(1))
      return .argument(0)
    }
    results(
      "resize_as_", "(self: Tensor, other: Tensor) -> Tensor",
      "Gives the tensor other's shape in place; see resize_().",
      "torch.arange(6):resize_as_(torch.ones(2)) --> tensor([0, 1])", placement: .method
    ) { a in
      try a.tensor(0).resizeInPlace(a.tensor(1).shape)
      return .argument(0)
    }
  }

  private mutating func addSignalWindows() {
    for window in SignalWindow.allCases {
      let isHamming = window == .hamming
      let more = isHamming ? "alpha: float = 0.54, beta: float = 0.46, " : ""
      let first = isHamming ? 4 : 2
      let shown: String
      switch window {
      case .hann, .bartlett: shown = "[0.0000, 0.5000, 1.0000, 0.5000]"
      case .hamming: shown = "[0.0800, 0.5400, 1.0000, 0.5400]"
      case .blackman: shown = "[-1.3878e-17,  3.4000e-01,  1.0000e+00,  3.4000e-01]"
      }
      add(
        "\(window.rawValue)_window",
        "(window_length: int, periodic: bool = true, \(more)*, \(FactoryOptions.signature)) -> Tensor",
        """
        The \(window.rawValue.prefix(1).uppercased() + window.rawValue.dropFirst()) window of a length: factors that \
        fade a signal out towards its ends. A periodic one is the symmetric one of one element more, without its last.
        """,
        "torch.\(window.rawValue)_window(4) --> tensor(\(shown))",
        placement: .function
      ) { a in
        let options = try FactoryOptions(a, from: first)
        let result =
          try isHamming
          ? window.tensor(
            a.int(0), isPeriodic: a.bool(1), alpha: a.double(2), beta: a.double(3), dtype: options.dtype)
          : window.tensor(a.int(0), isPeriodic: a.bool(1), dtype: options.dtype)
        return try options.finish(result)
      }
    }
    add(
      "kaiser_window",
      "(window_length: int, periodic: bool = true, beta: float = 12.0, *, \(FactoryOptions.signature)) -> Tensor",
      "The Kaiser window of a length: factors that fade a signal out towards its ends, the faster the larger beta is.",
      "torch.kaiser_window(4) --> tensor([5.2773e-05, 2.1567e-01, 1.0000e+00, 2.1567e-01])", placement: .function
    ) { a in
      let options = try FactoryOptions(a, from: 3)
      return try options.finish(
        SignalWindow.kaiser(a.int(0), isPeriodic: a.bool(1), beta: a.double(2), dtype: options.dtype))
    }
  }
}

extension Arguments {
  /// How far apart the samples of a gradient lie.
  fileprivate func spacing(_ index: Int) throws -> Tensor.Spacing {
    guard has(index) else { return .uniform(1) }
    guard let table = self[index].table else { return .uniform(try double(index)) }
    var areTensors = false
    try table.forEachElement { areTensors = areTensors || $0.tensor != nil }
    return areTensors ? .places(try tensors(index)) : .distances(try optionalDoubles(index) ?? [])
  }
}

extension Tensor {
  /// - Throws: ``TensorError`` where `torch.triangular_solve` has words of its own for what does not fit.
  fileprivate func checkTriangular(with b: Tensor) throws {
    guard rank >= 2 else {
      throw TensorError(
        "torch.triangular_solve: Expected A to have at least 2 dimensions, but it has \(rank) dimensions instead")
    }
    guard dtype == b.dtype else {
      throw TensorError(
        "Expected b and A to have the same dtype, but found b of type \(b.dtype.scalarTypeName) and A of type \(dtype.scalarTypeName) instead."
      )
    }
    let (rows, columns) = (shape[rank - 2], shape[rank - 1])
    guard rows == columns else {
      throw TensorError("A must be batches of square matrices, but they are \(rows) by \(columns) matrices")
    }
    guard b.shape[b.rank - 2] == rows else {
      throw TensorError(
        "Incompatible matrix sizes for triangular_solve: each A matrix is \(rows) by \(rows) but each b matrix is \(b.shape[b.rank - 2]) by \(b.shape[b.rank - 1])"
      )
    }
    guard dtype == .float32 || dtype == .float64 else {
      throw TensorError("\"triangular_solve_cpu\" not implemented for '\(dtype.scalarTypeName)'", kind: .notImplemented)
    }
  }
}
