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
      ("sum", "The sum of all elements, or along dimensions.", { try $0.sum($1, keepDim: $2, dtype: $3) }),
      ("nansum", "The sum of the elements that are not NaN.", { try $0.nansum($1, keepDim: $2, dtype: $3) }),
      ("mean", "The mean of all elements, or along dimensions.", { try $0.mean($1, keepDim: $2, dtype: $3) }),
      ("nanmean", "The mean of the elements that are not NaN.", { try $0.nanmean($1, keepDim: $2, dtype: $3) }),
    ]
    for (name, help, sum) in sums {
      add(
        name, "(input: Tensor, \(Self.dims), *, dtype: dtype? = nil) -> Tensor", help,
        "torch.\(name)(torch.ones(2, 3), 1)"
      ) {
        a in try sum(a.tensor(0), a.reducedDims(1), a.bool(2), a.optionalDType(3))
      }
    }
    add(
      "prod", "(input: Tensor, dim: int? = nil, keepdim: bool = false, *, dtype: dtype? = nil) -> Tensor",
      "The product of all elements, or along a dimension.", "torch.prod(torch.arange(1, 5))"
    ) { a in try a.tensor(0).prod(a.optionalInt(1), keepDim: a.bool(2), dtype: a.optionalDType(3)) }
    add(
      "count_nonzero", "(input: Tensor, dim: int|int[]|nil = nil) -> Tensor", "How many elements are not zero.",
      "torch.count_nonzero(torch.eye(3))"
    ) { a in try a.tensor(0).countNonzero(a.optionalInts(1)) }
    for name in ["all", "any"] {
      add(
        name, "(input: Tensor, \(Self.dims)) -> Tensor", "Whether \(name) of the elements are not zero.",
        "torch.\(name)(torch.eye(2))"
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
        ], "The \(isMax ? "largest" : "smallest") element; along a dimension with its index; or of two tensors.",
        "torch.\(name)(torch.eye(3), 1)")
      add(
        "a" + name, "(input: Tensor, dim: int|int[] = {}, keepdim: bool = false) -> Tensor",
        "The \(isMax ? "largest" : "smallest") elements along dimensions.", "torch.a\(name)(torch.eye(3), 0)"
      ) { a in
        let (input, dims, keep) = (try a.tensor(0), try a.optionalInts(1) ?? [], try a.bool(2))
        return isMax ? try input.amax(dims, keepDim: keep) : try input.amin(dims, keepDim: keep)
      }
      add(
        "arg" + name, "(input: Tensor, dim: int? = nil, keepdim: bool = false) -> Tensor",
        "Where the \(isMax ? "largest" : "smallest") element is.", "torch.arg\(name)(torch.eye(3), 0)"
      ) { a in
        let (input, dim, keep) = (try a.tensor(0), try a.optionalInt(1), try a.bool(2))
        return isMax ? try input.argmax(dim, keepDim: keep) : try input.argmin(dim, keepDim: keep)
      }
    }
    results(
      "aminmax", "(input: Tensor, *, dim: int? = nil, keepdim: bool = false) -> Tensor, Tensor",
      "The smallest and the largest elements.", "torch.aminmax(torch.arange(3))"
    ) { a in
      let found = try a.tensor(0).aminmax(dim: a.optionalInt(1), keepDim: a.bool(2))
      return a.results(found.min, found.max)
    }
  }

  private mutating func addStatistics() {
    typealias Statistic = (Tensor, [Int]?, Double, Bool) throws -> [Tensor]
    let statistics: [(String, String, Statistic)] = [
      ("var", "The variance", { [try $0.var($1, correction: $2, keepDim: $3)] }),
      ("std", "The standard deviation", { [try $0.std($1, correction: $2, keepDim: $3)] }),
      (
        "var_mean", "The variance and the mean",
        {
          let (x, y) = try $0.varMean($1, correction: $2, keepDim: $3)
          return [x, y]
        }
      ),
      (
        "std_mean", "The standard deviation and the mean",
        {
          let (x, y) = try $0.stdMean($1, correction: $2, keepDim: $3)
          return [x, y]
        }
      ),
    ]
    for (name, help, statistic) in statistics {
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
        ], "\(help) of all elements, or along dimensions.", "torch.\(name)(torch.arange(4.), {dim = 0})")
    }
    add(
      "cov", "(input: Tensor, *, correction: int = 1, fweights: Tensor? = nil, aweights: Tensor? = nil) -> Tensor",
      "The covariances of the rows.", "torch.cov(torch.rand(2, 5))"
    ) { a in
      try a.tensor(0).cov(correction: a.int(1), fweights: a.optionalTensor(2), aweights: a.optionalTensor(3))
    }
    add("corrcoef", "(input: Tensor) -> Tensor", "The correlations of the rows.", "torch.corrcoef(torch.rand(2, 5))") {
      a in
      try a.tensor(0).corrcoef()
    }
  }

  private mutating func addSoftmax() {
    let signature = "(input: Tensor, dim: int, *, dtype: dtype? = nil) -> Tensor"
    add("softmax", signature, "exp(x) / sum(exp(x)) along a dimension.", "torch.softmax(torch.rand(3), 0)") { a in
      try a.tensor(0).softmax(a.int(1), dtype: a.optionalDType(2))
    }
    add("log_softmax", signature, "The logarithm of softmax.", "torch.log_softmax(torch.rand(3), 0)") { a in
      try a.tensor(0).logSoftmax(a.int(1), dtype: a.optionalDType(2))
    }
    add(
      "logsumexp", "(input: Tensor, dim: int|int[], keepdim: bool = false) -> Tensor", "log(sum(exp(x))).",
      "torch.logsumexp(torch.rand(3), 0)"
    ) { a in try a.tensor(0).logsumexp(a.ints(1), keepDim: a.bool(2)) }
  }

  private mutating func addScans() {
    let signature = "(input: Tensor, dim: int, *, dtype: dtype? = nil) -> Tensor"
    add("cumsum", signature, "Running sums.", "torch.cumsum(torch.arange(4), 0)", inPlace: true) { a in
      try a.tensor(0).cumsum(a.int(1), dtype: a.optionalDType(2))
    }
    add("cumprod", signature, "Running products.", "torch.cumprod(torch.arange(1, 4), 0)", inPlace: true) { a in
      try a.tensor(0).cumprod(a.int(1), dtype: a.optionalDType(2))
    }
    add(
      "logcumsumexp", "(input: Tensor, dim: int) -> Tensor", "Running log(sum(exp(x))).",
      "torch.logcumsumexp(torch.rand(3), 0)"
    ) { a in try a.tensor(0).logcumsumexp(a.int(1)) }
    for name in ["cummax", "cummin"] {
      results(
        name, "(input: Tensor, dim: int) -> Tensor, Tensor", "Running extremes, with their indices.",
        "torch.\(name)(torch.rand(3), 0)"
      ) { a in
        let (input, dim) = (try a.tensor(0), try a.int(1))
        let found = name == "cummax" ? try input.cummax(dim) : try input.cummin(dim)
        return a.results(found.values, found.indices)
      }
    }
    add(
      "diff", "(input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor? = nil, append: Tensor? = nil) -> Tensor",
      "Differences of neighbours.", "torch.diff(torch.arange(4))"
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
