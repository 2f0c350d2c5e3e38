import Lua
import Tensor

extension OperatorList {
  mutating func addShapes() {
    addViews()
    addDimensionMoves()
    addExpansion()
    addJoins()
    addSplits()
    addRearrangements()
  }

  private mutating func addViews() {
    add(
      "view", "(self: Tensor, shape: int...) -> Tensor", "The same elements in another shape; one size may be -1.",
      "torch.arange(6):view(2, -1)", placement: .method
    ) { a in try a.tensor(0).view(a.ints(1)) }
    add(
      "reshape", "(input: Tensor, shape: int...) -> Tensor",
      "The elements in another shape: a view where possible, else a copy.", "torch.reshape(torch.arange(6), {3, 2})"
    ) { a in try a.tensor(0).reshape(a.ints(1)) }
    add(
      "view_as", "(self: Tensor, other: Tensor) -> Tensor", "A view of other's shape.",
      "torch.arange(4):view_as(torch.zeros(2, 2))", placement: .method
    ) { a in try a.tensor(0).view(a.tensor(1).shape) }
    add(
      "reshape_as", "(self: Tensor, other: Tensor) -> Tensor", "In other's shape.",
      "torch.arange(4):reshape_as(torch.zeros(2, 2))", placement: .method
    ) { a in
      try a.tensor(0).reshape(a.tensor(1).shape)
    }
    add(
      "flatten", "(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor", "Dimensions put together.",
      "torch.flatten(torch.zeros(2, 3, 4), 1)"
    ) { a in try a.tensor(0).flatten(a.int(1), a.int(2)) }
    add(
      "unflatten", "(input: Tensor, dim: int, sizes: int[]) -> Tensor", "A dimension taken apart.",
      "torch.unflatten(torch.zeros(6), 0, {2, -1})"
    ) { a in try a.tensor(0).unflatten(a.int(1), a.ints(2)) }
    add("ravel", "(input: Tensor) -> Tensor", "All elements in one dimension.", "torch.ravel(torch.zeros(2, 2))") { a in
      try a.tensor(0).ravel()
    }
    add(
      "squeeze", "(input: Tensor, dim: int... ) -> Tensor", "Without dimensions of size 1: all, or those named.",
      "torch.squeeze(torch.zeros(1, 3, 1), 0)", viewInPlace: true
    ) { a in try a.tensor(0).squeeze(a.has(1) ? a.ints(1) : nil) }
    add(
      "unsqueeze", "(input: Tensor, dim: int) -> Tensor", "With a dimension of size 1 before dim.",
      "torch.unsqueeze(torch.zeros(3), 0)", viewInPlace: true
    ) { a in try a.tensor(0).unsqueeze(a.int(1)) }
    add(
      "as_strided", "(input: Tensor, size: int[], stride: int[], storage_offset: int? = nil) -> Tensor",
      "A view with these strides.", "torch.as_strided(torch.arange(4), {2, 2}, {1, 1})"
    ) { a in try a.tensor(0).asStrided(a.ints(1), a.ints(2), offset: a.optionalInt(3)) }
    for rank in 1...3 {
      results(
        "atleast_\(rank)d", "(tensors: Tensor...) -> Tensor", "With \(rank) or more dimensions.",
        "torch.atleast_\(rank)d(torch.tensor(1))", placement: .function
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
    add("detach", "(input: Tensor) -> Tensor", "The same elements without history.", "torch.zeros(2):detach()") { a in
      try a.tensor(0).detach()
    }
    add(
      "clone", "(input: Tensor, *, memory_format: any = nil) -> Tensor", "A copy, through which gradients flow.",
      "torch.clone(torch.zeros(2))"
    ) { a in try a.tensor(0).clone() }
    add(
      "contiguous", "(self: Tensor, memory_format: any = nil) -> Tensor", "The tensor if row-major, else such a copy.",
      "torch.zeros(2, 3):t():contiguous()", placement: .method
    ) { a in try a.tensor(0).contiguous() }
  }

  private mutating func addDimensionMoves() {
    add(
      "permute", "(input: Tensor, dims: int...) -> Tensor", "The dimensions in another order.",
      "torch.permute(torch.zeros(2, 3, 4), {2, 0, 1})"
    ) { a in try a.tensor(0).permute(a.ints(1)) }
    add(
      "transpose", "(input: Tensor, dim0: int, dim1: int) -> Tensor", "Two dimensions exchanged.",
      "torch.transpose(torch.zeros(2, 3), 0, 1)", viewInPlace: true
    ) { a in try a.tensor(0).transpose(a.int(1), a.int(2)) }
    alias("swapaxes", of: "transpose")
    alias("swapdims", of: "transpose")
    add(
      "t", "(input: Tensor) -> Tensor", "A matrix transposed.", "torch.t(torch.zeros(2, 3))", viewInPlace: true
    ) { a in try a.tensor(0).t() }
    add(
      "adjoint", "(input: Tensor) -> Tensor", "The last two dimensions exchanged, and conjugated.",
      "torch.adjoint(torch.zeros(2, 3))"
    ) { a in try a.tensor(0).transpose(-2, -1) }
    add(
      "movedim", "(input: Tensor, source: int|int[], destination: int|int[]) -> Tensor", "Dimensions at other places.",
      "torch.movedim(torch.zeros(2, 3, 4), 0, -1)"
    ) { a in try a.tensor(0).movedim(a.ints(1), a.ints(2)) }
    alias("moveaxis", of: "movedim")
  }

  private mutating func addExpansion() {
    add(
      "expand", "(self: Tensor, size: int...) -> Tensor", "A view in which dimensions of size 1 are repeated.",
      "torch.ones(3, 1):expand(3, 4)", placement: .method
    ) { a in try a.tensor(0).expand(a.ints(1)) }
    add(
      "expand_as", "(self: Tensor, other: Tensor) -> Tensor", "Expanded to other's shape.",
      "torch.ones(3, 1):expand_as(torch.zeros(3, 4))", placement: .method
    ) { a in
      try a.tensor(0).expand(a.tensor(1).shape)
    }
    add(
      "broadcast_to", "(input: Tensor, size: int...) -> Tensor", "Expanded to a shape.",
      "torch.broadcast_to(torch.ones(3), {2, 3})"
    ) { a in try a.tensor(0).expand(a.ints(1)) }
    results(
      "broadcast_tensors", "(tensors: Tensor...) -> table", "All expanded to a common shape.",
      "torch.broadcast_tensors(torch.ones(3), torch.ones(2, 1))", placement: .function
    ) { a in
      .value(.objects(try Tensor.broadcastTensors(a.tensors(0))))
    }
    results(
      "broadcast_shapes", "(shapes: int[]...) -> Size", "The shape of an operation on these shapes.",
      "torch.broadcast_shapes({3}, {2, 1})", placement: .function
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
        "Copies side by side.",
        name == "tile" ? "torch.tile(torch.arange(2), {2, 2})" : "torch.arange(2)['repeat'](torch.arange(2), 3)",
        placement: name == "tile" ? .both : .method
      ) { a in
        let (tensor, repeats) = (try a.tensor(0), try a.ints(1))
        return name == "tile" ? try tensor.tile(repeats) : try tensor.repeated(repeats)
      }
    }
    add(
      "repeat_interleave",
      "(input: Tensor, repeats: int|Tensor, dim: int? = nil, *, output_size: int? = nil) -> Tensor",
      "Each element repeated.", "torch.repeat_interleave(torch.arange(3), 2)"
    ) { a in
      if let repeats = a[1].tensor {
        return try a.tensor(0).repeatInterleave(repeats, dim: a.optionalInt(2), outputSize: a.optionalInt(3))
      }
      return try a.tensor(0).repeatInterleave(a.int(1), dim: a.optionalInt(2))
    }
    results(
      "meshgrid", "(tensors: Tensor..., *, indexing: string = 'ij') -> table", "Grids of coordinates.",
      "torch.meshgrid(torch.arange(2), torch.arange(3))", placement: .function
    ) { a in
      a.list(try Tensor.meshgrid(a.tensors(0), indexing: a.string(1)))
    }
  }

  private mutating func addJoins() {
    for (name, argument) in [("cat", "dim"), ("concat", "dim"), ("concatenate", "axis")] {
      add(
        name, "(tensors: Tensor[], \(argument): int = 0) -> Tensor", "Tensors joined along a dimension.",
        "torch.\(name)({torch.zeros(2), torch.ones(3)})", placement: .function
      ) { a in
        try Tensor.cat(a.tensors(0), dim: a.int(1))
      }
    }
    add(
      "stack", "(tensors: Tensor[], dim: int = 0) -> Tensor", "Tensors joined along a new dimension.",
      "torch.stack({torch.zeros(2), torch.ones(2)})", placement: .function
    ) { a in
      try Tensor.stack(a.tensors(0), dim: a.int(1))
    }
    let joins: [(String, ([Tensor]) throws -> Tensor)] = [
      ("hstack", { try Tensor.hstack($0) }), ("vstack", { try Tensor.vstack($0) }),
      ("row_stack", { try Tensor.vstack($0) }), ("dstack", { try Tensor.dstack($0) }),
      ("column_stack", { try Tensor.columnStack($0) }),
    ]
    for (name, join) in joins {
      add(
        name, "(tensors: Tensor[]) -> Tensor", "Tensors side by side.",
        "torch.\(name)({torch.zeros(2), torch.ones(2)})",
        placement: .function
      ) { a in try join(a.tensors(0)) }
    }
  }

  private mutating func addSplits() {
    results(
      "split", "(input: Tensor, split_size_or_sections: int|int[], dim: int = 0) -> table",
      "Parts of a size (the last may be smaller), or of given sizes.", "torch.split(torch.arange(5), 2)"
    ) { a in
      if a[1].kind == .number { return .value(.objects(try a.tensor(0).split(a.int(1), dim: a.int(2)))) }
      return .value(.objects(try a.tensor(0).split(a.ints(1), dim: a.int(2))))
    }
    results(
      "split_with_sizes", "(input: Tensor, split_sizes: int[], dim: int = 0) -> table", "Parts of given sizes.",
      "torch.split_with_sizes(torch.arange(5), {2, 3})"
    ) { a in
      .value(.objects(try a.tensor(0).split(a.ints(1), dim: a.int(2))))
    }
    results(
      "chunk", "(input: Tensor, chunks: int, dim: int = 0) -> table", "At most as many equal parts.",
      "torch.chunk(torch.arange(5), 2)"
    ) { a in .value(.objects(try a.tensor(0).chunk(a.int(1), dim: a.int(2)))) }
    results(
      "tensor_split", "(input: Tensor, indices_or_sections: int|int[]|Tensor, dim: int = 0) -> table",
      "So many parts, or parts between indices.", "torch.tensor_split(torch.arange(5), 2)"
    ) { a in
      let (tensor, dim) = (try a.tensor(0), try a.int(2))
      if let places = a[1].tensor {
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
        name, "(input: Tensor, indices_or_sections: int|int[]) -> table", "Equal parts, or parts between indices.",
        "torch.\(name)(torch.zeros(2, 2, 2), 2)"
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
      "unbind", "(input: Tensor, dim: int = 0) -> table", "The slices along a dimension.",
      "torch.unbind(torch.eye(2))"
    ) { a in .value(.objects(try a.tensor(0).unbind(a.int(1)))) }
    add(
      "narrow", "(input: Tensor, dim: int, start: int|Tensor, length: int) -> Tensor", "length slices from start on.",
      "torch.narrow(torch.arange(5), 0, 1, 3)"
    ) { a in
      let start = try a[2].tensor.map { Int(try $0.item().int) } ?? a.int(2)
      return try a.tensor(0).narrow(a.int(1), start, a.int(3))
    }
    add(
      "select", "(input: Tensor, dim: int, index: int) -> Tensor", "One slice along a dimension.",
      "torch.select(torch.eye(3), 0, 1)"
    ) { a in try a.tensor(0).select(a.int(1), a.int(2)) }
  }

  private mutating func addRearrangements() {
    add(
      "flip", "(input: Tensor, dims: int...) -> Tensor", "Reversed along dimensions.",
      "torch.flip(torch.arange(3), {0})"
    ) { a in try a.tensor(0).flip(a.ints(1)) }
    unary("fliplr", "Reversed from left to right.", inPlace: false, "torch.eye(2)") { try $0.fliplr() }
    unary("flipud", "Reversed from top to bottom.", inPlace: false, "torch.eye(2)") { try $0.flipud() }
    add(
      "roll", "(input: Tensor, shifts: int|int[], dims: int|int[]|nil = nil) -> Tensor", "Shifted around the ends.",
      "torch.roll(torch.arange(4), 1)"
    ) { a in try a.tensor(0).roll(a.ints(1), a.optionalInts(2) ?? []) }
    add(
      "rot90", "(input: Tensor, k: int = 1, dims: int[2] = {0, 1}) -> Tensor", "Turned by right angles.",
      "torch.rot90(torch.eye(2))"
    ) { a in try a.tensor(0).rot90(a.int(1), a.ints(2)) }
    add(
      "diagonal", "(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor", "A view of a diagonal.",
      "torch.diagonal(torch.eye(3))"
    ) { a in try a.tensor(0).diagonal(offset: a.int(1), dim1: a.int(2), dim2: a.int(3)) }
    add(
      "diag", "(input: Tensor, diagonal: int = 0) -> Tensor", "A matrix of a diagonal, or the diagonal of a matrix.",
      "torch.diag(torch.ones(2))"
    ) { a in try a.tensor(0).diag(a.int(1)) }
    add(
      "diag_embed", "(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor",
      "Matrices with these diagonals.", "torch.diag_embed(torch.ones(2, 3))"
    ) { a in
      try a.tensor(0).diagEmbed(offset: a.int(1), dim1: a.int(2), dim2: a.int(3))
    }
    add(
      "diagflat", "(input: Tensor, offset: int = 0) -> Tensor", "A matrix with all elements on a diagonal.",
      "torch.diagflat(torch.ones(2))"
    ) { a in try a.tensor(0).diagflat(a.int(1)) }
    add(
      "tril", "(input: Tensor, diagonal: int = 0) -> Tensor", "The lower triangle.", "torch.tril(torch.ones(3, 3))",
      inPlace: true
    ) { a in try a.tensor(0).tril(a.int(1)) }
    add(
      "triu", "(input: Tensor, diagonal: int = 0) -> Tensor", "The upper triangle.", "torch.triu(torch.ones(3, 3))",
      inPlace: true
    ) { a in try a.tensor(0).triu(a.int(1)) }
    add(
      "unfold", "(self: Tensor, dimension: int, size: int, step: int) -> Tensor", "Views of windows along a dimension.",
      "torch.arange(5):unfold(0, 2, 1)", placement: .method
    ) { a in
      try a.tensor(0).unfold(a.int(1), a.int(2), a.int(3))
    }
    add(
      "sum_to_size", "(self: Tensor, size: int...) -> Tensor", "Summed over what broadcasting would repeat.",
      "torch.ones(2, 3):sum_to_size(1, 3)", placement: .method
    ) { a in try a.tensor(0).sumToSize(a.ints(1)) }
  }
}
