import Lua
import Tensor

extension OperatorList {
  mutating func addIndices() {
    add(
      "index_select", "(input: Tensor, dim: int, index: Tensor) -> Tensor",
      """
      The slices along dim at the positions that index, a vector of integers, names: a copy, in index's order.
      """,
      "torch.index_select(torch.tensor{10, 20, 30}, 0, torch.tensor{2, 0}) --> tensor([30, 10])"
    ) { a in
      try a.tensor(0).indexSelect(a.int(1), a.tensor(2))
    }
    add(
      "index_add", "(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Scalar = 1) -> Tensor",
      """
      input with alpha * source's slices added to its slices along dim at the positions index; a position \
      that appears twice gets both.
      """,
      "torch.index_add(torch.zeros(3), 0, torch.tensor{0, 2, 2}, torch.ones(3)) --> tensor([1., 0., 2.])", inPlace: true
    ) { a in try a.tensor(0).indexAdd(a.int(1), a.tensor(2), a.tensor(3), alpha: a.scalar(4)) }
    add(
      "index_copy", "(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor",
      "input with source's slices in place of its slices along dim at the positions index.",
      "torch.index_copy(torch.zeros(3), 0, torch.tensor{0, 2}, torch.tensor{5., 7.}) --> tensor([5., 0., 7.])",
      inPlace: true
    ) { a in try a.tensor(0).indexCopy(a.int(1), a.tensor(2), a.tensor(3)) }
    add(
      "index_reduce",
      "(input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: string, *, include_self: bool = true) -> Tensor",
      """
      input with source's slices combined with its slices along dim at the positions index: reduce is 'prod', 'mean', \
      'amax' or 'amin'. Without include_self only source counts where anything is written.
      """,
      "torch.index_reduce(torch.ones(3), 0, torch.tensor{0, 0}, torch.tensor{5., 7.}, 'amax') --> tensor([7., 1., 1.])",
      inPlace: true
    ) { a in
      let name = try a.string(4)
      guard let reduction = Tensor.ScatterReduction(rawValue: name), reduction != .sum else {
        throw TensorError("index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got \(name).")
      }
      return try a.tensor(0).indexReduce(a.int(1), a.tensor(2), a.tensor(3), reduction, includeSelf: a.bool(5))
    }
    add(
      "index_fill", "(input: Tensor, dim: int, index: Tensor, value: Tensor|Scalar) -> Tensor",
      "input with value in all elements of its slices along dim at the positions index.",
      "torch.index_fill(torch.zeros(3), 0, torch.tensor{0, 2}, 7) --> tensor([7., 0., 7.])", inPlace: true
    ) { a in try a.tensor(0).indexFill(a.int(1), a.tensor(2), a.operand(3)) }
    add(
      "index_put", "(input: Tensor, indices: Tensor[], values: Tensor, accumulate: bool = false) -> Tensor",
      """
      input with values written where the index tensors, one a dimension, point together; with accumulate \
      they are added, also several to one place. Assignment x[index] = values does the same.
      """,
      "torch.index_put(torch.zeros(3), {torch.tensor{0, 2}}, torch.tensor{5., 7.}) --> tensor([5., 0., 7.])",
      inPlace: true
    ) { a in try a.tensor(0).indexPut(a.tensors(1), a.tensor(2), accumulate: a.bool(3)) }
    add(
      "gather", "(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = false) -> Tensor",
      """
      For each element of index the element of input that has the same place but index's value along dim: \
      out[i][j] = input[i][index[i][j]] for dim = 1. The result has index's shape.
      """,
      "torch.gather(torch.tensor{{1, 2}, {3, 4}}, 1, torch.tensor{{1}, {0}}) --> tensor([[2],\n-->         [3]])"
    ) { a in try a.tensor(0).gather(a.int(1), a.tensor(2)) }
    add(
      "take", "(input: Tensor, index: Tensor) -> Tensor",
      """
      The elements at the positions index among all elements in row-major order; the result has index's shape.
      """,
      "torch.take(torch.tensor{{1, 2}, {3, 4}}, torch.tensor{0, 3}) --> tensor([1, 4])"
    ) { a in try a.tensor(0).take(a.tensor(1)) }
    add(
      "put", "(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = false) -> Tensor",
      """
      input with source's elements written at the positions index among all elements in row-major order; \
      with accumulate they are added.
      """,
      "torch.put(torch.zeros(3), torch.tensor{0, 2}, torch.tensor{5., 7.}) --> tensor([5., 0., 7.])", inPlace: true
    ) { a in
      try a.tensor(0).put(a.tensor(1), a.tensor(2), accumulate: a.bool(3))
    }
    add(
      "scatter",
      [
        (
          "(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor",
          { a in
            try a.tensor(0).scatter(a.int(1), a.tensor(2), a.tensor(3))
          }
        ),
        (
          "(input: Tensor, dim: int, index: Tensor, value: Scalar) -> Tensor",
          { a in
            try a.tensor(0).scatter(a.int(1), a.tensor(2), a.operand(3))
          }
        ),
        (
          "(input: Tensor, dim: int, index: Tensor, src: Tensor|Scalar, *, reduce: string) -> Tensor",
          { a in
            let kinds: [String: Tensor.ScatterReduction] = ["add": .sum, "multiply": .prod]
            guard let kind = try kinds[a.string(4)] else {
              throw TensorError("reduce argument must be either add or multiply.")
            }
            let source = try a.operand(3)
            let (input, index) = (try a.tensor(0), try a.tensor(2))
            let values = source.rank == 0 ? try source.to(input.dtype).expand(index.shape) : source
            return try input.scatterReduce(a.int(1), index, values, kind).undifferentiable(
              in: "scatter", [input, values])
          }
        ),
      ],
      """
      input with each element of src, or one value, written at its own place but index's value along dim: \
      out[i][index[i][j]] = src[i][j] for dim = 1, the inverse of gather(). reduce = 'add' or 'multiply' \
      combines it with what is there.
      """,
      "torch.scatter(torch.zeros(3), 0, torch.tensor{2, 0}, torch.tensor{5., 7.}) --> tensor([7., 0., 5.])",
      inPlace: true)
    add(
      "scatter_add", "(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor",
      """
      input with each element of src added at its own place but index's value along dim: out[i][index[i][j]] \
      += src[i][j] for dim = 1.
      """,
      "torch.scatter_add(torch.zeros(2), 0, torch.tensor{0, 0, 1}, torch.tensor{1., 2., 3.}) --> tensor([3., 3.])",
      inPlace: true
    ) { a in
      try a.tensor(0).scatterAdd(a.int(1), a.tensor(2), a.tensor(3))
    }
    add(
      "scatter_reduce",
      "(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: string, *, include_self: bool = true) -> Tensor",
      """
      input with the elements of src combined per place as scatter() places them: reduce is 'sum', 'prod', \
      'mean', 'amax' or 'amin'. Without include_self only src counts where anything is written.
      """,
      "torch.scatter_reduce(torch.zeros(2), 0, torch.tensor{0, 0, 1}, torch.tensor{1., 3., 5.}, 'amax') --> tensor([3., 5.])",
      inPlace: true
    ) { a in
      let name = try a.string(4)
      guard let reduction = Tensor.ScatterReduction(rawValue: name) else {
        throw TensorError("reduce argument must be either sum, prod, mean, amax or amin, got \(name)")
      }
      return try a.tensor(0).scatterReduce(a.int(1), a.tensor(2), a.tensor(3), reduction, includeSelf: a.bool(5))
    }
    add(
      "masked_select", "(input: Tensor, mask: Tensor) -> Tensor",
      """
      The elements where mask, a bool tensor that broadcasts, holds, in row-major order: a vector, as \
      x[mask] gives it.
      """,
      "torch.masked_select(torch.tensor{1, 2, 3}, torch.tensor{true, false, true}) --> tensor([1, 3])"
    ) { a in
      try a.tensor(0).maskedSelect(a.tensor(1))
    }
    add(
      "masked_scatter", "(input: Tensor, mask: Tensor, source: Tensor) -> Tensor",
      "input with source's elements, one after the other, where mask holds; source must have enough.",
      "torch.masked_scatter(torch.zeros(3), torch.tensor{true, false, true}, torch.tensor{5., 7.}) --> tensor([5., 0., 7.])",
      inPlace: true
    ) { a in
      try a.tensor(0).maskedScatter(a.tensor(1), a.tensor(2))
    }
    results(
      "nonzero", "(input: Tensor, *, as_tuple: bool = false) -> Tensor|table",
      """
      Where elements are not zero: an N x rank tensor with a row of indices for each; with as_tuple a table \
      of one index tensor a dimension, as indexing takes it.
      """,
      "torch.nonzero(torch.tensor{0, 4, 5}) --> tensor([[1],\n-->         [2]])"
    ) { a in
      try a.bool(1) ? a.list(a.tensor(0).nonzeroTuple()) : a.result(a.tensor(0).nonzero())
    }
    add(
      "nonzero_static", "(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor",
      "The first size rows of nonzero(); where there are fewer, rows of fill_value follow.",
      "torch.nonzero_static(torch.tensor{0, 4}, {size = 2}) --> tensor([[ 1],\n-->         [-1]])"
    ) { a in try a.tensor(0).nonzeroStatic(size: a.int(1), fillValue: Int64(a.int(2))) }
    add(
      "argwhere", "(input: Tensor) -> Tensor",
      "Where elements are not zero: an N x rank tensor with a row of indices for each.",
      "torch.argwhere(torch.tensor{0, 4, 5}) --> tensor([[1],\n-->         [2]])"
    ) { a in try a.tensor(0).argwhere() }
    add(
      "fill", "(input: Tensor, value: Tensor|Scalar) -> Tensor",
      "A tensor of input's shape and type, every element equal to value.",
      "torch.fill(torch.zeros(2), 7) --> tensor([7., 7.])"
    ) { a in try a.tensor(0).fill(a.operand(1)) }
    changing(
      "fill_", "(input: Tensor, value: Tensor|Scalar) -> Tensor",
      "Makes every element equal to value, and returns the tensor.",
      "torch.zeros(2):fill_(7) --> tensor([7., 7.])"
    ) { a in try a.tensor(0).fillInPlace(a.operand(1)) }
    changing(
      "fill_diagonal_", "(self: Tensor, fill_value: Scalar, wrap: bool = false) -> Tensor",
      """
      Makes every element of the diagonal equal to fill_value, and returns the tensor. wrap has the diagonal of a tall \
      matrix begin again below its end, with a row between.
      """, "torch.zeros(2, 2):fill_diagonal_(5) --> tensor([[5., 0.],\n-->         [0., 5.]])"
    ) { a in try a.tensor(0).fillDiagonalInPlace(a.scalar(1), wrap: a.bool(2)) }
    changing(
      "zero_", "(input: Tensor) -> Tensor", "Makes every element 0, and returns the tensor.",
      "torch.ones(2):zero_() --> tensor([0., 0.])"
    ) { a in
      try a.tensor(0).zeroInPlace()
    }
    changing(
      "copy_", "(self: Tensor, src: Tensor|Scalar, non_blocking: bool = false) -> Tensor",
      """
      Takes over src's values, converted to the tensor's type and broadcast to its shape, and returns the \
      tensor.
      """,
      "torch.zeros(2):copy_(torch.tensor{1, 2}) --> tensor([1., 2.])"
    ) { a in try a.tensor(0).copyInPlace(a.operand(1)) }
  }

  /// A method that changes the tensor and returns it.
  mutating func changing(
    _ name: String, _ signature: String, _ help: String, _ example: String,
    _ body: @escaping (Arguments) throws -> Tensor
  ) {
    results(name, signature, help, example) { a in
      let tensor = try body(a)
      return a.count > 0 ? .argument(0) : .object(tensor)
    }
  }
}
