import Lua
import Tensor

extension OperatorList {
  mutating func addIndices() {
    add(
      "index_select", "(input: Tensor, dim: int, index: Tensor) -> Tensor", "The slices at these positions.",
      "torch.index_select(torch.eye(3), 0, torch.tensor{0, 2})"
    ) { a in
      try a.tensor(0).indexSelect(a.int(1), a.tensor(2))
    }
    add(
      "index_add", "(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Scalar = 1) -> Tensor",
      "source's slices added at these positions.",
      "torch.index_add(torch.zeros(3), 0, torch.tensor{0, 2}, torch.ones(2))", inPlace: true
    ) { a in try a.tensor(0).indexAdd(a.int(1), a.tensor(2), a.tensor(3), alpha: a.scalar(4)) }
    add(
      "index_copy", "(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor",
      "source's slices written at these positions.",
      "torch.index_copy(torch.zeros(3), 0, torch.tensor{0, 2}, torch.ones(2))", inPlace: true
    ) { a in try a.tensor(0).indexCopy(a.int(1), a.tensor(2), a.tensor(3)) }
    add(
      "index_fill", "(input: Tensor, dim: int, index: Tensor, value: Tensor|Scalar) -> Tensor",
      "value written at these positions.", "torch.index_fill(torch.zeros(3), 0, torch.tensor{0, 2}, 7)", inPlace: true
    ) { a in try a.tensor(0).indexFill(a.int(1), a.tensor(2), a.operand(3)) }
    add(
      "index_put", "(input: Tensor, indices: Tensor[], values: Tensor, accumulate: bool = false) -> Tensor",
      "values written (or added) where tensors of indices say.",
      "torch.index_put(torch.zeros(3), {torch.tensor{0, 2}}, torch.ones(2))", inPlace: true
    ) { a in try a.tensor(0).indexPut(a.tensors(1), a.tensor(2), accumulate: a.bool(3)) }
    add(
      "gather", "(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = false) -> Tensor",
      "The elements at these positions along a dimension.",
      "torch.gather(torch.eye(2), 1, torch.tensor{{0}, {1}})"
    ) { a in try a.tensor(0).gather(a.int(1), a.tensor(2)) }
    add(
      "take", "(input: Tensor, index: Tensor) -> Tensor", "The elements at these positions of all.",
      "torch.take(torch.eye(2), torch.tensor{0, 3})"
    ) { a in try a.tensor(0).take(a.tensor(1)) }
    add(
      "put", "(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = false) -> Tensor",
      "source's elements written (or added) at these positions of all.",
      "torch.put(torch.zeros(3), torch.tensor{0, 2}, torch.ones(2))", inPlace: true
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
            let kind: Tensor.ScatterReduction = try a.string(4) == "multiply" ? .prod : .sum
            let source = try a.operand(3)
            let (input, index) = (try a.tensor(0), try a.tensor(2))
            let values = source.rank == 0 ? try source.to(input.dtype).expand(index.shape) : source
            return try input.scatterReduce(a.int(1), index, values, kind)
          }
        ),
      ], "src written at these positions along a dimension.",
      "torch.scatter(torch.zeros(2, 2), 1, torch.tensor{{0}, {1}}, 1)", inPlace: true)
    add(
      "scatter_add", "(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor",
      "src added at these positions along a dimension.",
      "torch.scatter_add(torch.zeros(2), 0, torch.tensor{0, 0}, torch.ones(2))", inPlace: true
    ) { a in
      try a.tensor(0).scatterAdd(a.int(1), a.tensor(2), a.tensor(3))
    }
    add(
      "scatter_reduce",
      "(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: string, *, include_self: bool = true) -> Tensor",
      "src combined with what is at these positions: 'sum', 'prod', 'mean', 'amax' or 'amin'.",
      "torch.scatter_reduce(torch.zeros(2), 0, torch.tensor{0, 0}, torch.ones(2), 'sum')", inPlace: true
    ) { a in
      let name = try a.string(4)
      guard let reduction = Tensor.ScatterReduction(rawValue: name) else {
        throw TensorError("reduce argument must be either sum, prod, mean, amax or amin, got \(name)")
      }
      return try a.tensor(0).scatterReduce(a.int(1), a.tensor(2), a.tensor(3), reduction, includeSelf: a.bool(5))
    }
    add(
      "masked_select", "(input: Tensor, mask: Tensor) -> Tensor", "The elements where mask holds.",
      "torch.masked_select(torch.arange(3), torch.tensor{true, false, true})"
    ) { a in
      try a.tensor(0).maskedSelect(a.tensor(1))
    }
    add(
      "masked_scatter", "(input: Tensor, mask: Tensor, source: Tensor) -> Tensor",
      "source's elements, one after the other, where mask holds.",
      "torch.masked_scatter(torch.zeros(2), torch.tensor{true, false}, torch.ones(2))", inPlace: true
    ) { a in
      try a.tensor(0).maskedScatter(a.tensor(1), a.tensor(2))
    }
    results(
      "nonzero", "(input: Tensor, *, as_tuple: bool = false) -> Tensor|table",
      "Where elements are not zero: a row of indices each, or with as_tuple a tensor a dimension.",
      "torch.nonzero(torch.eye(2))"
    ) { a in
      try a.bool(1) ? a.list(a.tensor(0).nonzeroTuple()) : a.result(a.tensor(0).nonzero())
    }
    add(
      "argwhere", "(input: Tensor) -> Tensor", "Where elements are not zero: a row of indices each.",
      "torch.argwhere(torch.eye(2))"
    ) { a in try a.tensor(0).argwhere() }
    add(
      "fill", "(input: Tensor, value: Tensor|Scalar) -> Tensor", "Every element equal to value.",
      "torch.fill(torch.zeros(2), 7)"
    ) { a in try a.tensor(0).fill(a.operand(1)) }
    changing(
      "fill_", "(input: Tensor, value: Tensor|Scalar) -> Tensor", "Makes every element equal to value.",
      "torch.zeros(2):fill_(7)"
    ) { a in try a.tensor(0).fillInPlace(a.operand(1)) }
    changing("zero_", "(input: Tensor) -> Tensor", "Makes every element 0.", "torch.ones(2):zero_()") { a in
      try a.tensor(0).zeroInPlace()
    }
    changing(
      "copy_", "(self: Tensor, src: Tensor|Scalar, non_blocking: bool = false) -> Tensor", "Takes over src's values.",
      "torch.zeros(2):copy_(torch.ones(2))"
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
