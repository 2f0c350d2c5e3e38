import Lua
import Tensor

extension OperatorList {
  mutating func addReductions() {
    addSums()
    addExtremes()
    addStatistics()
    addSoftmax()
    addScans()
  }

  private static let dims = "dim: int|int[]|nil = nil, keepdim: bool = false"

  private mutating func addSums() {
    typealias Sum = (Tensor, [Int]?, Bool, DType?) throws -> Tensor
    let sums: [(String, String, Sum)] = [
      (
        "sum",
        """
        The sum of all elements, or along the dimensions dim, which keepdim keeps with size 1. Integers and \
        bools are summed as int64, unless dtype says another type.
        """, { try $0.sum($1, keepDim: $2, dtype: $3) }
      ),
      ("nansum", "The sum as sum() gives it, with NaN counted as 0.", { try $0.nansum($1, keepDim: $2, dtype: $3) }),
      (
        "mean",
        """
        The mean of all elements, or along the dimensions dim, which keepdim keeps with size 1. Integers \
        need a floating-point dtype.
        """, { try $0.mean($1, keepDim: $2, dtype: $3) }
      ),
      (
        "nanmean", "The mean as mean() gives it, of the elements that are not NaN.",
        { try $0.nanmean($1, keepDim: $2, dtype: $3) }
      ),
    ]
    for (name, help, sum) in sums {
      add(
        name, "(input: Tensor, \(Self.dims), *, dtype: dtype? = nil) -> Tensor", help,
        "torch.\(name)(torch.tensor{{1., 2.}, {3., 5.}}, 1) --> tensor([\(name.hasSuffix("sum") ? "3., 8." : "1.5000, 4.0000")])"
      ) {
        a in try sum(a.tensor(0), a.reducedDims(1), a.bool(2), a.optionalDType(3))
      }
    }
    add(
      "prod", "(input: Tensor, dim: int? = nil, keepdim: bool = false, *, dtype: dtype? = nil) -> Tensor",
      """
      The product of all elements, or along the dimension dim, which keepdim keeps with size 1. Integers and \
      bools give int64, unless dtype says another type.
      """, "torch.prod(torch.arange(1, 5)) --> tensor(24)"
    ) { a in try a.tensor(0).prod(a.optionalInt(1), keepDim: a.bool(2), dtype: a.optionalDType(3)) }
    add(
      "count_nonzero", "(input: Tensor, dim: int|int[]|nil = nil) -> Tensor",
      "How many elements are not zero, in all or along the dimensions dim, as int64.",
      "torch.count_nonzero(torch.eye(3)) --> tensor(3)"
    ) { a in try a.tensor(0).countNonzero(a.optionalInts(1)) }
    for name in ["all", "any"] {
      add(
        name, "(input: Tensor, \(Self.dims)) -> Tensor",
        "Whether \(name == "all" ? "all elements are" : "any element is") not zero, in all or along the dimensions dim, as bool.",
        "torch.\(name)(torch.tensor{{0, 1}, {1, 1}}, 1) --> tensor([\(name == "all" ? "False,  True" : "True, True")])"
      ) { a in
        let (input, dims, keep) = (try a.tensor(0), try a.optionalInts(1), try a.bool(2))
        return name == "all" ? try input.all(dims, keepDim: keep) : try input.any(dims, keepDim: keep)
      }
    }
  }

  private mutating func addExtremes() {
    for name in ["max", "min"] {
      let isMax = name == "max"
      results(
        name,
        [
          Overload("(input: Tensor) -> Tensor") { a in
            a.result(isMax ? try a.tensor(0).max() : try a.tensor(0).min())
          },
          Overload("(input: Tensor, dim: int, keepdim: bool = false) -> Tensor, Tensor") { a in
            let (input, dim, keep) = (try a.tensor(0), try a.int(1), try a.bool(2))
            let found = isMax ? try input.max(dim, keepDim: keep) : try input.min(dim, keepDim: keep)
            return a.results(found.values, found.indices)
          },
          Overload("(input: Tensor, other: Tensor) -> Tensor") { a in
            a.result(isMax ? try a.tensor(0).maximum(a.tensor(1)) : try a.tensor(0).minimum(a.tensor(1)))
          },
        ],
        """
        The \(isMax ? "largest" : "smallest") element of all; or along the dimension dim, as two results, the elements and their indices; or \
        of each pair of elements of two tensors. NaN wins over all numbers. Of several equal ones along a dimension \
        any index may be given.
        """,
        "torch.\(name)(torch.tensor{{1, 5}, {4, 2}}, 1) --> \(isMax ? "tensor([5, 4])  tensor([1, 0])" : "tensor([1, 2])  tensor([0, 1])")"
      )
      add(
        "a" + name, "(input: Tensor, dim: int|int[] = {}, keepdim: bool = false) -> Tensor",
        """
        The \(isMax ? "largest" : "smallest") elements along any number of dimensions (all for none), without indices. The gradient \
        is shared out equally among equal elements.
        """, "torch.a\(name)(torch.tensor{{1, 5}, {4, 2}}, 1) --> tensor([\(isMax ? "5, 4" : "1, 2")])"
      ) { a in
        let (input, dims, keep) = (try a.tensor(0), try a.optionalInts(1) ?? [], try a.bool(2))
        return isMax ? try input.amax(dims, keepDim: keep) : try input.amin(dims, keepDim: keep)
      }
      add(
        "arg" + name, "(input: Tensor, dim: int? = nil, keepdim: bool = false) -> Tensor",
        """
        The index of the \(isMax ? "largest" : "smallest") element along the dimension dim, as int64; without dim, among all elements in \
        row-major order.
        """, "torch.arg\(name)(torch.tensor{{1, 5}, {4, 2}}, 1) --> tensor([\(isMax ? "1, 0" : "0, 1")])"
      ) { a in
        let (input, dim, keep) = (try a.tensor(0), try a.optionalInt(1), try a.bool(2))
        return isMax ? try input.argmax(dim, keepDim: keep) : try input.argmin(dim, keepDim: keep)
      }
    }
    results(
      "aminmax", "(input: Tensor, *, dim: int? = nil, keepdim: bool = false) -> Tensor, Tensor",
      """
      The smallest and the largest elements, of all or along the dimension dim, found in one pass: two tensors.
      """, "torch.aminmax(torch.arange(3)) --> tensor(0)  tensor(2)"
    ) { a in
      let found = try a.tensor(0).aminmax(dim: a.optionalInt(1), keepDim: a.bool(2))
      return a.results(found.min, found.max)
    }
  }

  private mutating func addStatistics() {
    typealias Statistic = (Tensor, [Int]?, Double, Bool) throws -> [Tensor]
    let statistics: [(String, String, String, Statistic)] = [
      ("var", "The variance", "tensor(1.6667)", { [try $0.var($1, correction: $2, keepDim: $3)] }),
      ("std", "The standard deviation", "tensor(1.2910)", { [try $0.std($1, correction: $2, keepDim: $3)] }),
      (
        "var_mean", "The variance and the mean, as two results,", "tensor(1.6667)  tensor(1.5000)",
        {
          let (x, y) = try $0.varMean($1, correction: $2, keepDim: $3)
          return [x, y]
        }
      ),
      (
        "std_mean", "The standard deviation and the mean, as two results,", "tensor(1.2910)  tensor(1.5000)",
        {
          let (x, y) = try $0.stdMean($1, correction: $2, keepDim: $3)
          return [x, y]
        }
      ),
    ]
    for (name, help, result, statistic) in statistics {
      results(
        name,
        [
          Overload("(input: Tensor, unbiased: bool) -> Tensor") { a in
            a.each(try statistic(a.tensor(0), nil, a.bool(1) ? 1 : 0, false))
          },
          Overload("(input: Tensor, dim: int|int[]|nil = nil, unbiased: bool = true, keepdim: bool = false) -> Tensor")
          { a in
            a.each(try statistic(a.tensor(0), a.reducedDims(1), a.bool(2) ? 1 : 0, a.bool(3)))
          },
          Overload(
            "(input: Tensor, dim: int|int[]|nil = nil, *, correction: number? = nil, keepdim: bool = false) -> Tensor"
          ) { a in
            a.each(try statistic(a.tensor(0), a.reducedDims(1), a.optionalDouble(2) ?? 1, a.bool(3)))
          },
        ],
        """
        \(help) of all elements, or along the dimensions dim, which keepdim keeps with size 1. The sum of squared \
        deviations is divided by N - correction, 1 unless given; unbiased = false is correction = 0.
        """,
        "torch.\(name)(torch.arange(4.), {dim = 0}) --> \(result)")
    }
    add(
      "cov", "(input: Tensor, *, correction: int = 1, fweights: Tensor? = nil, aweights: Tensor? = nil) -> Tensor",
      """
      The covariances between the rows, variables whose observations are the columns: a square matrix. Sums \
      are divided by N - correction; fweights are how often each observation counts, aweights how much.
      """, "torch.cov(torch.tensor{{0., 1., 2.}, {2., 1., 0.}}) --> tensor([[ 1., -1.],\n-->         [-1.,  1.]])"
    ) { a in
      try a.tensor(0).cov(correction: a.int(1), fweights: a.optionalTensor(2), aweights: a.optionalTensor(3))
    }
    add(
      "corrcoef", "(input: Tensor) -> Tensor",
      """
      Pearson's correlation coefficients between the rows, variables whose observations are the columns: a \
      square matrix with ones on the diagonal.
      """, "torch.corrcoef(torch.tensor{{0., 1., 2.}, {2., 1., 0.}}) --> tensor([[ 1., -1.],\n-->         [-1.,  1.]])"
    ) {
      a in
      try a.tensor(0).corrcoef()
    }
  }

  private mutating func addSoftmax() {
    let signature = "(input: Tensor, dim: int, *, dtype: dtype? = nil) -> Tensor"
    add(
      "softmax", signature,
      """
      exp(x) / sum(exp(x)) along the dimension dim: positive numbers that sum to 1. Computed after subtracting \
      the largest element, so nothing overflows; dtype converts the input first.
      """, "torch.softmax(torch.tensor{1., 2., 3.}, 0) --> tensor([0.0900, 0.2447, 0.6652])"
    ) { a in
      try a.tensor(0).softmax(a.int(1), dtype: a.optionalDType(2))
    }
    add(
      "log_softmax", signature,
      """
      The logarithm of softmax() along the dimension dim, computed in one step: exact also where probabilities \
      would round to 0.
      """, "torch.log_softmax(torch.tensor{1., 2., 3.}, 0) --> tensor([-2.4076, -1.4076, -0.4076])"
    ) { a in
      try a.tensor(0).logSoftmax(a.int(1), dtype: a.optionalDType(2))
    }
    add(
      "logsumexp", "(input: Tensor, dim: int|int[], keepdim: bool = false) -> Tensor",
      "log(sum(exp(x))) along dimensions, without overflow.",
      "torch.logsumexp(torch.tensor{1000., 1000.}, 0) --> tensor(1000.6932)"
    ) { a in try a.tensor(0).logsumexp(a.ints(1), keepDim: a.bool(2)) }
  }

  private mutating func addScans() {
    let signature = "(input: Tensor, dim: int, *, dtype: dtype? = nil) -> Tensor"
    add(
      "cumsum", signature,
      """
      Running sums along the dimension dim: each element is the sum of those up to it. Integers give int64, \
      unless dtype says another type.
      """, "torch.cumsum(torch.arange(4.), 0) --> tensor([0., 1., 3., 6.])", inPlace: true
    ) { a in
      try a.tensor(0).cumsum(a.int(1), dtype: a.optionalDType(2))
    }
    add(
      "cumprod", signature,
      """
      Running products along the dimension dim: each element is the product of those up to it. Integers give \
      int64, unless dtype says another type.
      """, "torch.cumprod(torch.arange(1., 5.), 0) --> tensor([ 1.,  2.,  6., 24.])", inPlace: true
    ) { a in
      try a.tensor(0).cumprod(a.int(1), dtype: a.optionalDType(2))
    }
    add(
      "logcumsumexp", "(input: Tensor, dim: int) -> Tensor",
      "The logarithms of running sums of exp(x) along the dimension dim, without overflow.",
      "torch.logcumsumexp(torch.tensor{0., 0., 0.}, 0) --> tensor([0.0000, 0.6931, 1.0986])"
    ) { a in try a.tensor(0).logcumsumexp(a.int(1)) }
    for name in ["cummax", "cummin"] {
      results(
        name, "(input: Tensor, dim: int) -> Tensor, Tensor",
        "The \(name == "cummax" ? "largest" : "smallest") element so far along the dimension dim, and its index: two tensors of input's shape.",
        "torch.\(name)(torch.tensor{2, 3, 1}, 0) --> \(name == "cummax" ? "tensor([2, 3, 3])  tensor([0, 1, 1])" : "tensor([2, 2, 1])  tensor([0, 0, 2])")"
      ) { a in
        let (input, dim) = (try a.tensor(0), try a.int(1))
        let found = name == "cummax" ? try input.cummax(dim) : try input.cummin(dim)
        return a.results(found.values, found.indices)
      }
    }
    add(
      "diff", "(input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor? = nil, append: Tensor? = nil) -> Tensor",
      """
      Differences of neighbours along the dimension dim, x[i + 1] - x[i], taken n times; prepend and append \
      are put before and after the input first.
      """, "torch.diff(torch.tensor{1, 4, 9, 16}) --> tensor([3, 5, 7])"
    ) { a in
      try a.tensor(0).diff(n: a.int(1), dim: a.int(2), prepend: a.optionalTensor(3), append: a.optionalTensor(4))
    }
  }
}

extension Arguments {
  /// Dimensions to reduce: an empty list means all, as nil does.
  func reducedDims(_ index: Int) throws -> [Int]? {
    let dims = try optionalInts(index)
    return dims?.isEmpty == true ? nil : dims
  }

  /// Tensors, each a result of its own.
  func each(_ tensors: [Tensor]) -> LuaResults {
    for tensor in tensors { state.noteNativeAllocation(tensor.byteCount &+ 256) }
    return .values(tensors.map { .object($0) })
  }
}
