import Lua
import Tensor

extension OperatorList {
  mutating func addSorting() {
    addSorts()
    addMedians()
    addUniques()
    addSearches()
  }

  private mutating func addSorts() {
    results(
      "sort", "(input: Tensor, dim: int = -1, descending: bool = false, stable: bool = false) -> Tensor, Tensor",
      """
      The elements in ascending or descending order along the dimension dim, and their indices in the input: \
      two tensors. With stable equal elements keep their order; NaN counts as largest.
      """, "torch.sort(torch.tensor{3, 1, 2}) --> tensor([1, 2, 3])  tensor([1, 2, 0])"
    ) { a in
      let found = try a.tensor(0).sort(a.int(1), descending: a.bool(2), stable: a.bool(3))
      return a.results(found.values, found.indices)
    }
    add(
      "argsort", "(input: Tensor, dim: int = -1, descending: bool = false, stable: bool = false) -> Tensor",
      "The indices that put the elements along the dimension dim in order, as sort() gives them.",
      "torch.argsort(torch.tensor{3, 1, 2}) --> tensor([1, 2, 0])"
    ) { a in try a.tensor(0).argsort(a.int(1), descending: a.bool(2), stable: a.bool(3)) }
    add(
      "msort", "(input: Tensor) -> Tensor", "The elements in ascending order along the first dimension.",
      "torch.msort(torch.tensor{3, 1, 2}) --> tensor([1, 2, 3])"
    ) {
      a in try a.tensor(0).msort()
    }
    results(
      "topk",
      "(input: Tensor, k: int, dim: int = -1, largest: bool = true, sorted: bool = true) -> Tensor, Tensor",
      """
      The k largest (or smallest) elements along the dimension dim, in order if sorted, and their indices: \
      two tensors.
      """, "torch.topk(torch.tensor{3, 1, 2}, 2) --> tensor([3, 2])  tensor([0, 2])"
    ) { a in
      let found = try a.tensor(0).topk(a.int(1), dim: a.int(2), largest: a.bool(3), sorted: a.bool(4))
      return a.results(found.values, found.indices)
    }
    results(
      "kthvalue", "(input: Tensor, k: int, dim: int = -1, keepdim: bool = false) -> Tensor, Tensor",
      "The k-th smallest element along the dimension dim, counted from 1, and its index: two tensors.",
      "torch.kthvalue(torch.tensor{30, 10, 20}, 2) --> tensor(20)  tensor(2)"
    ) { a in
      let found = try a.tensor(0).kthvalue(a.int(1), dim: a.int(2), keepDim: a.bool(3))
      return a.results(found.values, found.indices)
    }
    results(
      "mode", "(input: Tensor, dim: int = -1, keepdim: bool = false) -> Tensor, Tensor",
      """
      The most frequent element along the dimension dim (the smallest of several), and the index where it is \
      last: two tensors.
      """, "torch.mode(torch.tensor{1, 2, 2}) --> tensor(2)  tensor(2)"
    ) { a in
      let found = try a.tensor(0).mode(a.int(1), keepDim: a.bool(2))
      return a.results(found.values, found.indices)
    }
  }

  private mutating func addMedians() {
    for name in ["median", "nanmedian"] {
      let skipsNaN = name == "nanmedian"
      results(
        name,
        [
          Overload("(input: Tensor) -> Tensor") { a in
            a.result(try skipsNaN ? a.tensor(0).nanmedian() : a.tensor(0).median())
          },
          Overload("(input: Tensor, dim: int, keepdim: bool = false) -> Tensor, Tensor") { a in
            let (input, dim, keep) = (try a.tensor(0), try a.int(1), try a.bool(2))
            let found = try skipsNaN ? input.nanmedian(dim, keepDim: keep) : input.median(dim, keepDim: keep)
            return a.results(found.values, found.indices)
          },
        ],
        """
        The median\(skipsNaN ? " of the elements that are not NaN" : ", NaN if any element is"); along a dimension with its index, as \
        two results. Of an even number of elements it is the lower of the two in the middle.
        """,
        "torch.\(name)(torch.tensor{3., 1., 2., 5.}) --> tensor(2.)")
    }
    for name in ["quantile", "nanquantile"] {
      add(
        name,
        "(input: Tensor, q: Tensor|float, dim: int? = nil, keepdim: bool = false, *, interpolation: string = 'linear') -> Tensor",
        """
        The values below which fractions q, a number or a vector of them, of the elements lie: of all, or along dim. \
        Between two elements interpolation decides: 'linear', 'lower', 'higher', 'midpoint' or 'nearest'.\
        \(name == "quantile" ? "" : " NaN is left out.")
        """, "torch.\(name)(torch.tensor{0., 1., 2., 3.}, 0.5) --> tensor(1.5000)"
      ) { a in
        let (input, q, text) = (try a.tensor(0), try a.operand(1), try a.string(4))
        guard let interpolation = Tensor.Interpolation(rawValue: text) else {
          throw TensorError(
            "\(name)() interpolation must be one of linear, lower, higher, midpoint or nearest, but got \(text)")
        }
        return name == "quantile"
          ? try input.quantile(q, dim: a.optionalInt(2), keepDim: a.bool(3), interpolation: interpolation)
          : try input.nanquantile(q, dim: a.optionalInt(2), keepDim: a.bool(3), interpolation: interpolation)
      }
    }
  }

  private mutating func addUniques() {
    results(
      "unique",
      "(input: Tensor, sorted: bool = true, return_inverse: bool = false, return_counts: bool = false, dim: int? = nil) -> Tensor, Tensor, Tensor",
      """
      The distinct elements in ascending order, or with dim the distinct slices along it. As further \
      results, if asked for: return_inverse gives for each element its index among them, return_counts how \
      often each appears.
      """,
      "torch.unique(torch.tensor{3, 1, 3}, {return_counts = true}) --> tensor([1, 3])  tensor([1, 2])"
    ) { a in
      let input = try a.tensor(0)
      let found = try a.optionalInt(4).map { try input.unique(dim: $0) } ?? input.unique(sorted: a.bool(1))
      return try a.chosen(found, inverse: 2, counts: 3)
    }
    results(
      "unique_consecutive",
      "(input: Tensor, return_inverse: bool = false, return_counts: bool = false, dim: int? = nil) -> Tensor, Tensor, Tensor",
      """
      The elements, or with dim the slices, without those equal to their predecessor. As further results, if \
      asked for: return_inverse gives for each element its index among them, return_counts the lengths of \
      the runs.
      """,
      "torch.unique_consecutive(torch.tensor{1, 1, 2, 1}) --> tensor([1, 2, 1])"
    ) { a in
      try a.chosen(a.tensor(0).uniqueConsecutive(dim: a.optionalInt(3)), inverse: 1, counts: 2)
    }
  }

  private mutating func addSearches() {
    results(
      "searchsorted",
      "(sorted_sequence: Tensor, input: Tensor|Scalar, *, out_int32: bool = false, right: bool = false, side: string? = nil, sorter: Tensor? = nil) -> Tensor",
      """
      The indices at which values would have to be inserted into sorted_sequence to keep it sorted: before \
      equal elements, or after them with right or side = 'right'. Leading dimensions go in pairs; sorter \
      gives the order of an unsorted sequence.
      """, "torch.searchsorted(torch.tensor{1, 3, 5}, torch.tensor{3, 6}) --> tensor([1, 3])",
      placement: .function
    ) { a in
      let side = try a.optionalString(4)
      guard side == nil || side == "left" || side == "right" else {
        throw TensorError("torch.searchsorted(): side can only be 'left' or 'right' but got \(side ?? "")")
      }
      guard try side != "left" || !a.bool(3) else {
        throw TensorError(
          "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True")
      }
      return a.result(
        try a.tensor(0).searchsorted(
          a.operand(1), outInt32: a.bool(2), right: a.bool(3) || side == "right", sorter: a.optionalTensor(5)))
    }
    add(
      "bucketize",
      "(input: Tensor|Scalar, boundaries: Tensor, *, out_int32: bool = false, right: bool = false) -> Tensor",
      """
      The index of the bucket between sorted boundaries that each element falls into: boundaries[i - 1] < x \
      <= boundaries[i], or <= x < with right.
      """,
      "torch.bucketize(torch.tensor{0.5, 2., 9.}, torch.tensor{1., 3.}) --> tensor([0, 1, 2])", placement: .function
    ) { a in try a.operand(0).bucketize(a.tensor(1), outInt32: a.bool(2), right: a.bool(3)) }
    add(
      "histc", "(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor",
      """
      How many elements fall into each of bins equal parts of the range from min to max; where both are \
      equal, that of the elements. Others are left out.
      """, "torch.histc(torch.tensor{1., 2., 1.}, 4, 0, 3) --> tensor([0., 2., 1., 0.])"
    ) { a in try a.tensor(0).histc(bins: a.int(1), min: a.double(2), max: a.double(3)) }
    results(
      "histogram",
      "(input: Tensor, bins: int|Tensor, *, range: float[]|nil = nil, weight: Tensor? = nil, density: bool = false) -> Tensor, Tensor",
      """
      How many elements fall into each bin, and the edges of the bins: two tensors. bins is a number of equal ones, from the \
      first of range to the second (the smallest and largest element unless given), or the edges themselves, sorted. weight \
      weighs the elements; density scales the counts so that their integral is 1.
      """,
      "torch.histogram(torch.tensor{1., 2., 1.}, 2, {range = {0, 2}}) --> tensor([0., 3.])  tensor([0., 1., 2.])"
    ) { a in
      let bins: Tensor.HistogramBins
      if let edges = a[1].tensor {
        bins = .edges(edges)
      } else {
        let ends = try a.optionalDoubles(2)
        guard ends.map({ $0.count == 2 }) ?? true else {
          throw TensorError(
            "torch.histogramdd(): for a 1-dimensional histogram range should have 2 elements, but got \(ends?.count ?? 0)"
          )
        }
        bins = .equal(try a.int(1), range: ends.map { ($0[0], $0[1]) })
      }
      let found = try a.tensor(0).histogram(bins, weight: a.optionalTensor(3), density: a.bool(4))
      return a.results(found.counts, found.edges)
    }
    results(
      "histogramdd",
      "(input: Tensor, bins: int|int[]|Tensor[], *, range: float[]|nil = nil, weight: Tensor? = nil, density: bool = false) -> Tensor, Tensor[]",
      """
      How many points, the last dimension of the input, fall into each cell of a grid: a tensor with a dimension for each \
      coordinate, and a table of the edges along each. bins is a number of equal ones for all coordinates or one for each, or a table \
      of edges, sorted; range has the two ends for each coordinate. weight weighs the points; density scales the counts so that \
      their integral is 1.
      """,
      "torch.histogramdd(torch.tensor{{0., 1.}, {1., 0.}, {2., 2.}}, {2, 2}) --> tensor([[0., 1.],\n-->         [1., 1.]])\n--> {tensor([0., 1., 2.]), tensor([0., 1., 2.])}",
      placement: .function
    ) { a in
      let x = try a.tensor(0)
      guard x.rank >= 2 else {
        throw TensorError("torch.histogramdd: input tensor should have at least 2 dimensions")
      }
      let found = try x.histogramdd(
        a.histogramBins(x.shape[x.rank - 1]), weight: a.optionalTensor(3), density: a.bool(4))
      return .values([.object(found.counts), .objects(found.edges)])
    }
    add(
      "bincount", "(input: Tensor, weights: Tensor? = nil, minlength: int = 0) -> Tensor",
      """
      How often each integer from 0 to the largest appears in a vector, at least minlength counts; with \
      weights the sums of theirs.
      """, "torch.bincount(torch.tensor{0, 2, 2}) --> tensor([1, 0, 2])"
    ) { a in try a.tensor(0).bincount(weights: a.optionalTensor(1), minlength: a.int(2)) }
    add(
      "isin",
      "(elements: Tensor|Scalar, test_elements: Tensor|Scalar, *, assume_unique: bool = false, invert: bool = false) -> Tensor",
      "Whether each element of elements is among test_elements (or, with invert, is not), as bool.",
      "torch.isin(torch.tensor{1, 2, 3}, torch.tensor{2}) --> tensor([False,  True, False])",
      placement: .function
    ) { a in try a.operand(0).isin(a.operand(1), assumeUnique: a.bool(2), invert: a.bool(3)) }
    add(
      "take_along_dim", "(input: Tensor, indices: Tensor, dim: int? = nil) -> Tensor",
      """
      The elements that indices choose along the dimension dim, as gather() does, with broadcasting of the \
      other dimensions: what argsort() and argmax() give can be put in. Without dim the input is flattened.
      """,
      "torch.take_along_dim(torch.tensor{{1, 2}, {3, 4}}, torch.tensor{{0}, {1}}, 1) --> tensor([[1],\n-->         [4]])"
    ) { a in try a.tensor(0).takeAlongDim(a.tensor(1), a.optionalInt(2)) }
  }
}

extension Arguments {
  /// The distinct elements, and what else of them was asked for.
  fileprivate func chosen(
    _ found: (values: Tensor, inverse: Tensor, counts: Tensor), inverse: Int, counts: Int
  ) throws -> LuaResults {
    var tensors = [found.values]
    if try bool(inverse) { tensors.append(found.inverse) }
    if try bool(counts) { tensors.append(found.counts) }
    return each(tensors)
  }
}

extension Arguments {
  /// The second argument of `histogramdd` and its range: bins for each of the coordinates.
  fileprivate func histogramBins(_ coordinates: Int) throws -> [Tensor.HistogramBins] {
    var edges: [Tensor] = []
    try self[1].table?.forEachElement { if let tensor = $0.tensor { edges.append(tensor) } }
    guard edges.isEmpty else {
      guard edges.count == coordinates else {
        throw TensorError(
          "torch.histogramdd: expected \(coordinates) sequences of bin edges for a \(coordinates)-dimensional histogram but got \(edges.count)"
        )
      }
      return edges.map { .edges($0) }
    }
    let counts = self[1].table == nil ? [Int](repeating: try int(1), count: coordinates) : try ints(1)
    guard counts.count == coordinates else {
      throw TensorError("histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    }
    let ends = try optionalDoubles(2)
    guard ends.map({ $0.count == 2 * coordinates }) ?? true else {
      throw TensorError(
        "torch.histogramdd: for a \(coordinates)-dimensional histogram range should have \(2 * coordinates) elements, but got \(ends?.count ?? 0)"
      )
    }
    return counts.enumerated().map { axis, count in
      .equal(count, range: ends.map { ($0[2 * axis], $0[2 * axis + 1]) })
    }
  }
}
