import Lua
import Tensor

extension OperatorList {
  mutating func addShapes() {
    addViews()
    addDimensionMoves()
    addExpansion()
    addJoins()
    addSplits()
  }

  private mutating func addViews() {
    add(
      "view",
      [
        ("(self: Tensor, shape: int...) -> Tensor", { a in try a.tensor(0).view(a.ints(1)) }),
        (
          "(self: Tensor, dtype: dtype) -> Tensor",
          { a in try a.tensor(0).view(a.object(1, as: DTypeObject.self).dtype) }
        ),
      ],
      """
      The same elements in another shape, without a copy; one size may be -1 and follows from the others. An \
      error where the memory's strides do not allow it: see reshape(). Or the same memory as elements of another type.
      """,
      "torch.arange(6):view(2, -1).shape --> torch.Size([2, 3])", placement: .method)
    add(
      "reshape", "(input: Tensor, shape: int...) -> Tensor",
      """
      The elements in another shape, in row-major order: a view of the same memory where possible, else a \
      copy. One size may be -1 and follows from the others.
      """, "torch.reshape(torch.arange(4), {2, 2}) --> tensor([[0, 1],\n-->         [2, 3]])"
    ) { a in try a.tensor(0).reshape(a.ints(1)) }
    add(
      "view_as", "(self: Tensor, other: Tensor) -> Tensor", "A view of other's shape.",
      "torch.arange(4):view_as(torch.zeros(2, 2)).shape --> torch.Size([2, 2])", placement: .method
    ) { a in try a.tensor(0).view(a.tensor(1).shape) }
    add(
      "reshape_as", "(self: Tensor, other: Tensor) -> Tensor",
      "The elements in other's shape, as reshape() gives them.",
      "torch.arange(4):reshape_as(torch.zeros(2, 2)).shape --> torch.Size([2, 2])", placement: .method
    ) { a in
      try a.tensor(0).reshape(a.tensor(1).shape)
    }
    add(
      "flatten", "(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor",
      "The dimensions from start_dim to end_dim put together into one: a view where possible.",
      "torch.flatten(torch.zeros(2, 3, 4), 1).shape --> torch.Size([2, 12])"
    ) { a in try a.tensor(0).flatten(a.int(1), a.int(2)) }
    add(
      "unflatten", "(input: Tensor, dim: int, sizes: int[]) -> Tensor",
      "The dimension dim taken apart into several, of which one size may be -1: a view.",
      "torch.unflatten(torch.zeros(6), 0, {2, -1}).shape --> torch.Size([2, 3])"
    ) { a in try a.tensor(0).unflatten(a.int(1), a.ints(2)) }
    add(
      "ravel", "(input: Tensor) -> Tensor", "All elements in one dimension, in row-major order: a view where possible.",
      "torch.ravel(torch.tensor{{1, 2}, {3, 4}}) --> tensor([1, 2, 3, 4])"
    ) { a in
      try a.tensor(0).ravel()
    }
    add(
      "squeeze", "(input: Tensor, dim: int... ) -> Tensor",
      "A view without the dimensions of size 1: all of them, or just those named.",
      "torch.squeeze(torch.zeros(1, 3, 1), 0).shape --> torch.Size([3, 1])", viewInPlace: true
    ) { a in try a.tensor(0).squeeze(a.has(1) ? a.ints(1) : nil) }
    add(
      "unsqueeze", "(input: Tensor, dim: int) -> Tensor",
      "A view with a new dimension of size 1 at the position dim, from -rank - 1 to rank.",
      "torch.unsqueeze(torch.zeros(3), 0).shape --> torch.Size([1, 3])", viewInPlace: true
    ) { a in try a.tensor(0).unsqueeze(a.int(1)) }
    add(
      "as_strided", "(input: Tensor, size: int[], stride: int[], storage_offset: int? = nil) -> Tensor",
      """
      A view of the tensor's whole memory with these sizes and strides, in elements, beginning at \
      storage_offset. Elements may overlap.
      """,
      "torch.as_strided(torch.arange(4), {3, 2}, {1, 1}) --> tensor([[0, 1],\n-->         [1, 2],\n-->         [2, 3]])",
      viewInPlace: true
    ) { a in try a.tensor(0).asStrided(a.ints(1), a.ints(2), offset: a.optionalInt(3)) }
    for rank in 1...3 {
      results(
        "atleast_\(rank)d", "(tensors: Tensor...) -> Tensor",
        "A view with \(rank) or more dimensions: new ones have size 1. Several tensors, or a table of them, give a table.",
        "torch.atleast_\(rank)d(torch.tensor(1)):dim() --> \(rank)", placement: .function
      ) { a in
        let views = try a.tensors(0).map { tensor in
          switch rank {
          case 1: return try tensor.atleast1d()
          case 2: return try tensor.atleast2d()
          default: return try tensor.atleast3d()
          }
        }
        return views.count == 1 && a[0].table == nil ? .object(views[0]) : .value(.objects(views))
      }
    }
    add(
      "detach", "(input: Tensor) -> Tensor",
      """
      The same elements, in the same memory, without history: no gradient flows back from what is made of them.
      """, "torch.zeros(2, {requires_grad = true}):detach().requires_grad --> false"
    ) { a in
      try a.tensor(0).detach()
    }
    add(
      "clone", "(input: Tensor, *, memory_format: any = nil) -> Tensor",
      "A copy of the elements in new memory, through which gradients flow.",
      "torch.clone(torch.tensor{1, 2}) --> tensor([1, 2])"
    ) { a in try a.tensor(0).clone() }
    add(
      "contiguous", "(self: Tensor, memory_format: any = nil) -> Tensor",
      "The tensor itself if its memory is row-major without gaps, else a copy that is.",
      "torch.zeros(2, 3):t():contiguous():stride() --> {2, 1}", placement: .method
    ) { a in try a.tensor(0).contiguous() }
  }

  private mutating func addDimensionMoves() {
    add(
      "permute", "(input: Tensor, dims: int...) -> Tensor",
      """
      A view with the dimensions in another order: dimension i of the result is dimension dims[i] of the input.
      """,
      "torch.permute(torch.zeros(2, 3, 4), {2, 0, 1}).shape --> torch.Size([4, 2, 3])"
    ) { a in try a.tensor(0).permute(a.ints(1)) }
    add(
      "transpose", "(input: Tensor, dim0: int, dim1: int) -> Tensor", "A view with two dimensions exchanged.",
      "torch.transpose(torch.tensor{{1, 2}, {3, 4}}, 0, 1) --> tensor([[1, 3],\n-->         [2, 4]])", viewInPlace: true
    ) { a in try a.tensor(0).transpose(a.int(1), a.int(2)) }
    alias("swapaxes", of: "transpose")
    alias("swapdims", of: "transpose")
    add(
      "t", "(input: Tensor) -> Tensor",
      "A matrix transposed: a view. Vectors and tensors of no dimension stay as they are.",
      "torch.t(torch.tensor{{1, 2}}) --> tensor([[1],\n-->         [2]])", viewInPlace: true
    ) { a in
      try a.tensor(0).t()
    }
    add(
      "adjoint", "(input: Tensor) -> Tensor", "A view with the last two dimensions exchanged, and conjugated.",
      "torch.adjoint(torch.zeros(2, 3)).shape --> torch.Size([3, 2])"
    ) { a in try a.tensor(0).transpose(-2, -1) }
    add(
      "movedim", "(input: Tensor, source: int|int[], destination: int|int[]) -> Tensor",
      "A view with the dimensions source at the positions destination; the others keep their order.",
      "torch.movedim(torch.zeros(2, 3, 4), 0, -1).shape --> torch.Size([3, 4, 2])"
    ) { a in try a.tensor(0).movedim(a.ints(1), a.ints(2)) }
    alias("moveaxis", of: "movedim")
  }

  private mutating func addExpansion() {
    add(
      "expand", "(self: Tensor, size: int...) -> Tensor",
      """
      A view in which dimensions of size 1 appear repeated, without a copy; -1 keeps a size, and new \
      dimensions stand in front.
      """,
      "torch.tensor{{1}, {2}}:expand(2, 3) --> tensor([[1, 1, 1],\n-->         [2, 2, 2]])", placement: .method
    ) { a in try a.tensor(0).expand(a.ints(1)) }
    add(
      "expand_as", "(self: Tensor, other: Tensor) -> Tensor", "A view expanded to other's shape.",
      "torch.ones(3, 1):expand_as(torch.zeros(3, 4)).shape --> torch.Size([3, 4])", placement: .method
    ) { a in
      try a.tensor(0).expand(a.tensor(1).shape)
    }
    add(
      "broadcast_to", "(input: Tensor, size: int...) -> Tensor",
      "A view expanded to a shape by the rules of broadcasting.",
      "torch.broadcast_to(torch.tensor{1, 2}, {2, 2}) --> tensor([[1, 2],\n-->         [1, 2]])"
    ) { a in try a.tensor(0).expand(a.ints(1)) }
    results(
      "broadcast_tensors", "(tensors: Tensor...) -> table",
      """
      Views of all tensors in their common shape: sizes are compared from the last on, and 1 fits any. A table.
      """,
      "torch.broadcast_tensors(torch.ones(3), torch.ones(2, 1))[2].shape --> torch.Size([2, 3])", placement: .function
    ) { a in
      .value(.objects(try Tensor.broadcastTensors(a.tensors(0))))
    }
    results(
      "broadcast_shapes", "(shapes: int[]...) -> Size",
      "The shape that an operation on tensors of these shapes has; an error where they do not fit.",
      "torch.broadcast_shapes({3}, {2, 1}) --> torch.Size([2, 3])", placement: .function
    ) { a in
      var shape: [Int] = []
      for value in a.rest(from: 0) {
        var sizes: [Int] = value.object(as: SizeObject.self)?.sizes ?? []
        try value.table?.forEachElement { if let size = $0.integer { sizes.append(Int(size)) } }
        shape = try Shape.broadcast(shape, sizes)
      }
      return .object(SizeObject(shape))
    }
    for name in ["repeat", "tile"] {
      add(
        name, name == "tile" ? "(input: Tensor, dims: int...) -> Tensor" : "(self: Tensor, repeats: int...) -> Tensor",
        name == "tile"
          ? "Copies of the tensor side by side: so many along each dimension, counted from the last."
          : "Copies of the tensor side by side, as tile() makes them; `repeat` is a word of Lua's.",
        name == "tile"
          ? "torch.tile(torch.arange(2), {2}) --> tensor([0, 1, 0, 1])"
          : "x = torch.arange(2)\nx['repeat'](x, 2) --> tensor([0, 1, 0, 1])",
        placement: name == "tile" ? .both : .method
      ) { a in
        let (tensor, repeats) = (try a.tensor(0), try a.ints(1))
        return name == "tile" ? try tensor.tile(repeats) : try tensor.repeated(repeats)
      }
    }
    add(
      "repeat_interleave",
      "(input: Tensor, repeats: int|Tensor, dim: int? = nil, *, output_size: int? = nil) -> Tensor",
      """
      Each element, or slice along dim, repeats times in a row; repeats may be a tensor with a count for \
      each. Without dim the input is flattened.
      """, "torch.repeat_interleave(torch.arange(3), 2) --> tensor([0, 0, 1, 1, 2, 2])"
    ) { a in
      if let repeats = a[1].tensor {
        return try a.tensor(0).repeatInterleave(repeats, dim: a.optionalInt(2), outputSize: a.optionalInt(3))
      }
      return try a.tensor(0).repeatInterleave(a.int(1), dim: a.optionalInt(2))
    }
    results(
      "meshgrid", "(tensors: Tensor..., *, indexing: string = 'ij') -> table",
      """
      The coordinates of a grid of vectors, as a table with a tensor for each. indexing 'ij' has the first \
      vector along the first dimension, 'xy' exchanges the first two.
      """,
      "torch.meshgrid(torch.arange(2), torch.arange(3))[1] --> tensor([[0, 0, 0],\n-->         [1, 1, 1]])",
      placement: .function
    ) { a in
      a.list(try Tensor.meshgrid(a.tensors(0), indexing: a.string(1)))
    }
  }

  private mutating func addJoins() {
    for (name, argument) in [("cat", "dim"), ("concat", "dim"), ("concatenate", "axis")] {
      add(
        name, "(tensors: Tensor[], \(argument): int = 0) -> Tensor",
        "Tensors joined along the dimension \(argument); all other sizes must agree.",
        "torch.\(name)({torch.zeros(2), torch.ones(2)}) --> tensor([0., 0., 1., 1.])", placement: .function
      ) { a in
        try Tensor.cat(a.tensors(0), dim: a.int(1))
      }
    }
    add(
      "stack", "(tensors: Tensor[], dim: int = 0) -> Tensor",
      "Tensors of the same shape joined along a new dimension at the position dim.",
      "torch.stack({torch.zeros(2), torch.ones(2)}) --> tensor([[0., 0.],\n-->         [1., 1.]])", placement: .function
    ) { a in
      try Tensor.stack(a.tensors(0), dim: a.int(1))
    }
    let joins: [(String, String, ([Tensor]) throws -> Tensor)] = [
      ("hstack", "along the second dimension, vectors end to end", { try Tensor.hstack($0) }),
      ("vstack", "along the first dimension, vectors as rows", { try Tensor.vstack($0) }),
      ("row_stack", "along the first dimension, vectors as rows", { try Tensor.vstack($0) }),
      ("dstack", "along the third dimension, after at least three were made", { try Tensor.dstack($0) }),
      ("column_stack", "along the second dimension, vectors as columns", { try Tensor.columnStack($0) }),
    ]
    for (name, place, join) in joins {
      add(
        name, "(tensors: Tensor[]) -> Tensor", "Tensors joined \(place).",
        "torch.\(name)({torch.zeros(2), torch.ones(2)})",
        placement: .function
      ) { a in
        let tensors = try a.tensors(0)
        guard !tensors.isEmpty else { throw TensorError("\(name) expects a non-empty TensorList") }
        return try join(tensors)
      }
    }
  }

  private mutating func addSplits() {
    results(
      "split", "(input: Tensor, split_size_or_sections: int|int[], dim: int = 0) -> table",
      """
      Parts along dim: of a size each (the last may be smaller), or of the sizes in a table, which add up. \
      Views, in a table.
      """, "torch.split(torch.arange(5), 2) --> {tensor([0, 1]), tensor([2, 3]), tensor([4])}"
    ) { a in
      if a[1].kind == .number { return .value(.objects(try a.tensor(0).split(a.int(1), dim: a.int(2)))) }
      return .value(.objects(try a.tensor(0).split(a.ints(1), dim: a.int(2))))
    }
    results(
      "split_with_sizes", "(input: Tensor, split_sizes: int[], dim: int = 0) -> table",
      "Parts of these sizes along dim, which add up. Views, in a table.",
      "torch.split_with_sizes(torch.arange(5), {2, 3}) --> {tensor([0, 1]), tensor([2, 3, 4])}"
    ) { a in
      .value(.objects(try a.tensor(0).split(a.ints(1), dim: a.int(2))))
    }
    for (name, original) in [("unsafe_split", "split"), ("unsafe_chunk", "chunk")] {
      results(
        name, "(input: Tensor, \(name == "unsafe_split" ? "split_size" : "chunks"): int, dim: int = 0) -> table",
        "As \(original)(), with parts that may change in place where gradients are required.",
        "torch.\(name)(torch.arange(5), 2)[1] --> tensor([0, 1\(name == "unsafe_split" ? "" : ", 2")])"
      ) { a in
        let (tensor, number, dim) = (try a.tensor(0), try a.int(1), try a.int(2))
        return .value(
          .objects(
            Tensor.unwatched(
              name == "unsafe_split" ? try tensor.split(number, dim: dim) : try tensor.chunk(number, dim: dim))))
      }
    }
    results(
      "chunk", "(input: Tensor, chunks: int, dim: int = 0) -> table",
      "At most as many parts along dim, of equal size but for the last. Views, in a table.",
      "torch.chunk(torch.arange(5), 2) --> {tensor([0, 1, 2]), tensor([3, 4])}"
    ) { a in .value(.objects(try a.tensor(0).chunk(a.int(1), dim: a.int(2)))) }
    results(
      "tensor_split", "(input: Tensor, indices_or_sections: int|int[]|Tensor, dim: int = 0) -> table",
      """
      So many parts along dim, whose sizes differ by at most 1; or the parts between the indices in a table. \
      Views, in a table.
      """, "torch.tensor_split(torch.arange(5), {1, 3}) --> {tensor([0]), tensor([1, 2]), tensor([3, 4])}"
    ) { a in
      let (tensor, dim) = (try a.tensor(0), try a.int(2))
      if let places = a[1].tensor {
        guard places.dtype == .int64 else {
          throw TensorError(
            "tensor_split expected tensor_indices_or_sections to have dtype of long, but got \(places.dtype.scalarTypeName)"
          )
        }
        let numbers = try places.integers().map { Int($0) }
        if places.rank == 0, let sections = numbers.first {
          return .value(.objects(try tensor.tensorSplit(sections, dim: dim)))
        }
        return .value(.objects(try tensor.tensorSplit(numbers, dim: dim)))
      }
      if a[1].kind == .number { return .value(.objects(try tensor.tensorSplit(a.int(1), dim: dim))) }
      return .value(.objects(try tensor.tensorSplit(a.ints(1), dim: dim)))
    }
    for (name, operation) in [("hsplit", 0), ("vsplit", 1), ("dsplit", 2)] {
      results(
        name, "(input: Tensor, indices_or_sections: int|int[]) -> table",
        "Equal parts along the \(["second", "first", "third"][operation]) dimension (a vector's only one), or the parts between indices. Views, in a table.",
        "#torch.\(name)(torch.zeros(2, 2, 2), 2) --> 2"
      ) { a in
        let tensor = try a.tensor(0)
        let sections = a[1].kind == .number ? try a.int(1) : nil
        let indices = sections == nil ? try a.ints(1) : []
        let parts: [Tensor]
        switch operation {
        case 0: parts = try sections.map { try tensor.hsplit($0) } ?? tensor.hsplit(indices)
        case 1: parts = try sections.map { try tensor.vsplit($0) } ?? tensor.vsplit(indices)
        default: parts = try sections.map { try tensor.dsplit($0) } ?? tensor.dsplit(indices)
        }
        return .value(.objects(parts))
      }
    }
    results(
      "unbind", "(input: Tensor, dim: int = 0) -> table",
      "The slices along dim, without that dimension. Views, in a table.",
      "torch.unbind(torch.tensor{{1, 2}, {3, 4}}) --> {tensor([1, 2]), tensor([3, 4])}"
    ) { a in .value(.objects(try a.tensor(0).unbind(a.int(1)))) }
    add(
      "narrow", "(input: Tensor, dim: int, start: int|Tensor, length: int) -> Tensor",
      "The length slices along dim from start on: a view.",
      "torch.narrow(torch.arange(5), 0, 1, 3) --> tensor([1, 2, 3])"
    ) { a in
      let start =
        try a[2].tensor.map { start in
          guard start.rank == 0, start.dtype.isInteger else {
            throw TensorError("start must be an 0-dim integral Tensor.")
          }
          return Int(try start.item().int)
        } ?? a.int(2)
      return try a.tensor(0).narrow(a.int(1), start, a.int(3))
    }
    add(
      "narrow_copy", "(input: Tensor, dim: int, start: int, length: int) -> Tensor",
      "As narrow(), as a copy.", "torch.narrow_copy(torch.arange(5), 0, 1, 3) --> tensor([1, 2, 3])"
    ) { a in try a.tensor(0).narrow(a.int(1), a.int(2), a.int(3)).clone() }
    add(
      "select", "(input: Tensor, dim: int, index: int) -> Tensor",
      "The slice at the position index along dim, without that dimension: a view, as x[index] gives it.",
      "torch.select(torch.tensor{{1, 2}, {3, 4}}, 1, 0) --> tensor([1, 3])"
    ) { a in try a.tensor(0).select(a.int(1), a.int(2)) }
  }
}
