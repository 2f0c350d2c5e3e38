extension Tensor {
  /// Tensors one after the other along `dim`: `torch.cat`.
  public static func cat(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor {
    guard let first = tensors.first else { throw TensorError("torch.cat(): expected a non-empty list of Tensors") }
    // An empty tensor of one dimension goes with every shape, as PyTorch once did for all empty ones.
    let parts = tensors.filter { $0.shape != [0] }
    let dtype = try resultType(tensors)
    for (position, tensor) in tensors.enumerated() where tensor.rank == 0 {
      throw TensorError("zero-dimensional tensor (at position \(position)) cannot be concatenated")
    }
    guard let model = parts.first else {
      let result = try Tensor(empty: first.shape, dtype: dtype)
      guard needsGradient(tensors), dtype.isFloatingPoint else { return result }
      return result.recorded("CatBackward0", tensors) { grad, needs in
        tensors.indices.map { needs[$0] ? grad : nil }
      }
    }
    let axis = try wrapDimension(dim, rank: model.rank)
    var shape = model.shape
    shape[axis] = 0
    for (position, tensor) in tensors.enumerated() where tensor.shape != [0] {
      guard tensor.rank == model.rank else {
        throw TensorError("Tensors must have same number of dimensions: got \(model.rank) and \(tensor.rank)")
      }
      for other in shape.indices where other != axis && tensor.shape[other] != shape[other] {
        throw TensorError(
          "Sizes of tensors must match except in dimension \(axis). Expected size \(shape[other]) but got size \(tensor.shape[other]) for tensor number \(position) in the list."
        )
      }
      let (sum, overflow) = shape[axis].addingReportingOverflow(tensor.shape[axis])
      guard !overflow else { throw TensorError("Storage size calculation overflowed") }
      shape[axis] = sum
    }
    let result = try Tensor(empty: shape, dtype: dtype)
    var start = 0
    for tensor in parts where tensor.count > 0 {
      try result.part(axis, start, tensor.shape[axis]).copyMemory(from: tensor)
      start += tensor.shape[axis]
    }
    guard needsGradient(tensors) else { return result }
    let sizes = tensors.map { $0.shape == [0] ? 0 : $0.shape[axis] }
    let empties = tensors.map { $0.shape == [0] }
    return result.recorded("CatBackward0", tensors) { grad, needs in
      var start = 0
      var grads: [Tensor?] = []
      for (position, size) in sizes.enumerated() {
        let part = empties[position] ? try Tensor(empty: [0], dtype: grad.dtype) : try grad.narrow(axis, start, size)
        grads.append(needs[position] ? part : nil)
        start += size
      }
      return grads
    }
  }

  /// `length` indices along `axis`, past autograd and checks.
  private func part(_ axis: Int, _ start: Int, _ length: Int) throws -> Tensor {
    var sizes = shape
    sizes[axis] = length
    return Tensor(unchecked: storage, dtype, sizes, strides, offset + start * strides[axis], try Shape.count(sizes))
  }

  /// Tensors of one shape along a new dimension: `torch.stack`.
  public static func stack(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor {
    guard let first = tensors.first else { throw TensorError("stack expects a non-empty TensorList") }
    let axis = try wrapDimension(dim, rank: first.rank + 1)
    for (position, tensor) in tensors.enumerated() where tensor.shape != first.shape {
      throw TensorError(
        "stack expects each tensor to be equal size, but got \(Shape.text(first.shape)) at entry 0 and \(Shape.text(tensor.shape)) at entry \(position)"
      )
    }
    return try cat(tensors.map { try $0.unsqueeze(axis) }, dim: axis).named("StackBackward0")
  }

  /// Tensors side by side: along dimension 1, or 0 for those of one dimension.
  public static func hstack(_ tensors: [Tensor]) throws -> Tensor {
    let parts = try tensors.map { try $0.atleast1d() }
    return try cat(parts, dim: parts.first.map { $0.rank == 1 ? 0 : 1 } ?? 0)
  }

  /// Tensors one above the other: along dimension 0 of at least two.
  public static func vstack(_ tensors: [Tensor]) throws -> Tensor {
    try cat(tensors.map { try $0.atleast2d() }, dim: 0)
  }

  /// Tensors one behind the other: along dimension 2 of at least three.
  public static func dstack(_ tensors: [Tensor]) throws -> Tensor {
    try cat(tensors.map { try $0.atleast3d() }, dim: 2)
  }

  /// Vectors as the columns of a matrix, matrices side by side.
  public static func columnStack(_ tensors: [Tensor]) throws -> Tensor {
    try hstack(tensors.map { $0.rank <= 1 ? try $0.reshape([$0.count, 1]) : $0 })
  }

  /// A view with at least one dimension.
  public func atleast1d() throws -> Tensor { rank == 0 ? try reshape([1]) : self }

  /// A view with at least two dimensions, new ones in front.
  public func atleast2d() throws -> Tensor { rank >= 2 ? self : try atleast1d().unsqueeze(0) }

  /// A view with at least three dimensions, new ones around.
  public func atleast3d() throws -> Tensor { rank >= 3 ? self : try atleast2d().unsqueeze(-1) }

  /// Views of parts of `size` along `dim`; the last one may be smaller.
  public func split(_ size: Int, dim: Int = 0) throws -> [Tensor] {
    guard rank > 0 else { throw TensorError("split expects at least a 1-dimensional tensor") }
    guard size >= 0 else { throw TensorError("split expects split_size be non-negative, but got split_size=\(size)") }
    let axis = try wrapDimension(dim, rank: rank)
    let total = shape[axis]
    guard size > 0 || total == 0 else {
      throw TensorError("split_size can only be 0 if dimension size is 0, but got dimension size of \(total)")
    }
    if total == 0 { return [try narrow(axis, 0, 0)] }
    try Tensor.checkListFits((total - 1) / size + 1)
    let views = try Swift.stride(from: 0, to: total, by: size).map {
      try narrow(axis, $0, Swift.min(size, total - $0))
    }
    return Tensor.parts("SplitBackward0", views)
  }

  /// Views of parts of the given sizes along `dim`.
  public func split(_ sizes: [Int], dim: Int = 0) throws -> [Tensor] {
    guard rank > 0 else { throw TensorError("split expects at least a 1-dimensional tensor") }
    let axis = try wrapDimension(dim, rank: rank)
    for size in sizes where size < 0 {
      throw TensorError(
        "split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=\(Shape.text(sizes))")
    }
    let total = sizes.reduce(0) { $0 &+ $1 }
    guard total == shape[axis] else {
      throw TensorError(
        "split_with_sizes expects split_sizes to sum exactly to \(shape[axis]) (input tensor's size at dimension \(dim)), but got split_sizes=\(Shape.text(sizes))"
      )
    }
    var start = 0
    let views = try sizes.map { size in
      defer { start += size }
      return try narrow(axis, start, size)
    }
    return Tensor.parts("SplitWithSizesBackward0", views)
  }

  /// At most `chunks` views of equal parts along `dim`; the last one may be smaller.
  public func chunk(_ chunks: Int, dim: Int = 0) throws -> [Tensor] {
    guard rank > 0 else { throw TensorError("chunk expects at least a 1-dimensional tensor") }
    guard chunks > 0 else { throw TensorError("chunk expects `chunks` to be greater than 0, got: \(chunks)") }
    let axis = try wrapDimension(dim, rank: rank)
    let size = shape[axis] / chunks + (shape[axis] % chunks == 0 ? 0 : 1)
    if size == 0 { return try split([Int](repeating: 0, count: Swift.min(chunks, 1 << 20)), dim: axis) }
    return try split(size, dim: axis)
  }

  /// `sections` views of nearly equal parts along `dim`, the first ones larger.
  public func tensorSplit(_ sections: Int, dim: Int = 0) throws -> [Tensor] {
    guard rank > 0 else {
      throw TensorError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    }
    guard sections > 0, sections <= 1 << 24 else {
      throw TensorError("number of sections must be larger than 0, got \(sections)")
    }
    let axis = try wrapDimension(dim, rank: rank)
    let (size, extra) = shape[axis].quotientAndRemainder(dividingBy: sections)
    let parts = try split((0..<sections).map { $0 < extra ? size + 1 : size }, dim: axis)
    return Tensor.unwatched(parts.map { $0.named("SliceBackward0") })
  }

  /// Views of the parts between `indices` along `dim`.
  public func tensorSplit(_ indices: [Int], dim: Int = 0) throws -> [Tensor] {
    guard rank > 0 else {
      throw TensorError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    }
    let axis = try wrapDimension(dim, rank: rank)
    var parts: [Tensor] = []
    var start = 0
    for end in indices {
      parts.append(try slice(axis, start, end))
      start = end
    }
    return parts + [try slice(axis, start)]
  }

  /// Views of parts side by side, see ``tensorSplit(_:dim:)-(Int,_)``.
  public func hsplit(_ sections: Int) throws -> [Tensor] {
    try directedSplit("hsplit", 1, rank == 1 ? 0 : 1, sections)
  }
  /// Views of parts side by side, between `indices`.
  public func hsplit(_ indices: [Int]) throws -> [Tensor] {
    try directedSplit("hsplit", 1, rank == 1 ? 0 : 1, indices)
  }
  /// Views of parts one above the other.
  public func vsplit(_ sections: Int) throws -> [Tensor] { try directedSplit("vsplit", 2, 0, sections) }
  /// Views of parts one above the other, between `indices`.
  public func vsplit(_ indices: [Int]) throws -> [Tensor] { try directedSplit("vsplit", 2, 0, indices) }
  /// Views of parts one behind the other.
  public func dsplit(_ sections: Int) throws -> [Tensor] { try directedSplit("dsplit", 3, 2, sections) }
  /// Views of parts one behind the other, between `indices`.
  public func dsplit(_ indices: [Int]) throws -> [Tensor] { try directedSplit("dsplit", 3, 2, indices) }

  private func checkDirected(_ name: String, _ atLeast: Int) throws {
    guard rank >= atLeast else {
      throw TensorError(
        "torch.\(name) requires a tensor with at least \(atLeast) dimension, but got a tensor with \(rank) dimensions!"
      )
    }
  }

  private func directedSplit(_ name: String, _ atLeast: Int, _ axis: Int, _ sections: Int) throws -> [Tensor] {
    try checkDirected(name, atLeast)
    guard sections > 0 || sections < 0 && shape[axis] % sections != 0 else {
      throw TensorError("number of sections must be larger than 0, got \(sections)")
    }
    guard shape[axis] % sections == 0 else {
      throw TensorError(
        "torch.\(name) attempted to split along dimension \(axis), but the size of the dimension \(shape[axis]) is not divisible by the split_size \(sections)!"
      )
    }
    return try tensorSplit(sections, dim: axis)
  }

  private func directedSplit(_ name: String, _ atLeast: Int, _ axis: Int, _ indices: [Int]) throws -> [Tensor] {
    try checkDirected(name, atLeast)
    return try tensorSplit(indices, dim: axis)
  }

  /// Views of all slices along `dim`.
  public func unbind(_ dim: Int = 0) throws -> [Tensor] {
    let axis = try wrapDimension(dim, rank: rank)
    guard rank > 0 else { throw TensorError.index("Dimension specified as 0 but tensor has no dimensions") }
    try Tensor.checkListFits(shape[axis])
    return Tensor.parts("UnbindBackward0", try (0..<shape[axis]).map { try select(axis, $0) })
  }

  /// - Throws: ``TensorError`` where so many views find no memory, as those of a tensor without elements may.
  private static func checkListFits(_ count: Int) throws {
    try BufferPool.checkAvailable(try Shape.count([count, 512]))
  }
}
