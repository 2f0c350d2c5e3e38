import Lua
import Tensor

/// `x[index]` and `x[index] = value`.
enum TensorIndexing {
  /// Argument 0 is the tensor, argument 1 the index. A text that is no index is the name of a missing member.
  static func get(_ a: Arguments) throws -> LuaResults {
    let tensor = try a.tensor(0)
    if let integer = a[1].integer { return a.result(try select(tensor, 0, Int(integer))) }
    guard let items = try IndexGrammar.items(a[1]) else { return .none }
    let (view, indices) = try resolve(tensor, items)
    if indices.isEmpty { return a.result(view === tensor ? try view.view(view.shape) : view) }
    return a.result(try view.index(indices))
  }

  /// Argument 2 is the value.
  static func set(_ a: Arguments) throws -> LuaClass.Assignment {
    let tensor = try a.tensor(0)
    guard let items = try IndexGrammar.items(a[1]) else { return .plainField }
    let value = try value(a[2], for: tensor)
    let (view, indices) = try resolve(tensor, items)
    if indices.isEmpty {
      let source = try withoutLeadingOnes(value, rank: view.rank)
      // Its complaint is PyTorch's here, not that of copy_().
      if !Shape.isExpandable(source.shape, to: view.shape) { _ = try source.detach().expand(view.shape) }
      try view.copyInPlace(source)
    } else {
      try view.indexPutInPlace(indices, value)
    }
    return .taken
  }

  private static func value(_ value: StackValue, for tensor: Tensor) throws -> Tensor {
    if let source = value.tensor { return source }
    if let scalar = value.scalar {
      // What half precision does not hold is infinite here.
      guard [.float16, .bfloat16].contains(tensor.dtype) else {
        return try Tensor.full([], scalar, dtype: tensor.dtype)
      }
      return try Tensor.full([], .double(scalar.double), dtype: .float64).to(tensor.dtype)
    }
    if value.table != nil { return try TensorLiteral.tensor(value, dtype: tensor.dtype) }
    throw TensorError("can't assign a \(value.typeName) to a torch.\(tensor.dtype.scalarTypeName)Tensor", kind: .type)
  }

  /// Sizes of 1 in front of a value do not count when it is assigned.
  private static func withoutLeadingOnes(_ value: Tensor, rank: Int) throws -> Tensor {
    guard value.rank > rank else { return value }
    let surplus = value.shape.prefix { $0 == 1 }.count
    return surplus > 0 ? try value.view(Array(value.shape.dropFirst(surplus))) : value
  }

  /// - Parameter original: the dimension in the tensor that is being indexed, for the error.
  private static func select(_ tensor: Tensor, _ dim: Int, _ index: Int, original: Int? = nil) throws -> Tensor {
    guard tensor.rank > 0 else {
      throw TensorError(
        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number",
        kind: .index)
    }
    guard dim < tensor.rank else { throw tooMany(tensor) }
    let size = tensor.shape[dim]
    guard index >= -size && index < size else {
      throw TensorError(
        "index \(index) is out of bounds for dimension \(original ?? dim) with size \(size)", kind: .index)
    }
    return try tensor.select(dim, index)
  }

  private static func tooMany(_ tensor: Tensor) -> TensorError {
    TensorError("too many indices for tensor of dimension \(tensor.rank)", kind: .index)
  }

  /// The view that integers, slices and new dimensions give, and the tensors that then index its dimensions: nil for a
  /// dimension that none does, one for all dimensions that a mask covers. Empty if there is no tensor.
  private static func resolve(_ tensor: Tensor, _ items: [IndexItem]) throws -> (Tensor, [Tensor?]) {
    let covered = items.reduce(0) { $0 + dimensionCount($1) }
    guard covered <= tensor.rank else { throw tooMany(tensor) }
    guard items.filter({ if case .ellipsis = $0 { true } else { false } }).count <= 1 else {
      throw TensorError("an index can only have a single ellipsis ('...')", kind: .index)
    }
    var view = tensor
    var dim = 0
    var indices: [Tensor?] = []
    var hasTensors = false
    func index(with tensor: Tensor, covering count: Int) {
      indices.append(tensor)
      hasTensors = true
      dim += count
    }
    func skip(_ count: Int) {
      indices += [Tensor?](repeating: nil, count: count)
      dim += count
    }
    // How many dimensions of the tensor itself came before.
    var original = 0
    for item in items {
      defer { if case .ellipsis = item { original += tensor.rank - covered } else { original += dimensionCount(item) } }
      switch item {
      case .integer(let position): view = try select(view, dim, position, original: original)
      case .slice(let start, let stop, let step):
        if start != nil || stop != nil || step != 1 { view = try view.slice(dim, start, stop, step: step) }
        skip(1)
      case .ellipsis: skip(tensor.rank - covered)
      case .newAxis:
        view = try view.unsqueeze(dim)
        skip(1)
      case .boolean(let isTrue):
        view = try view.unsqueeze(dim)
        index(with: try Tensor(isTrue ? [Int64(0)] : [Int64](), dtype: .int64), covering: 1)
      case .tensor(let positions):
        if positions.rank == 0, positions.dtype.isInteger {
          view = try select(view, dim, Int(try positions.item().int), original: original)
        } else if positions.rank == 0, positions.dtype == .bool {
          view = try view.unsqueeze(dim)
          index(with: try Tensor(try positions.item().bool ? [Int64(0)] : [Int64](), dtype: .int64), covering: 1)
        } else {
          index(with: positions, covering: dimensionCount(item))
        }
      }
    }
    return (view, hasTensors ? indices : [])
  }

  private static func dimensionCount(_ item: IndexItem) -> Int {
    switch item {
    case .integer, .slice: return 1
    case .ellipsis, .newAxis, .boolean: return 0
    case .tensor(let tensor): return tensor.dtype == .bool || tensor.dtype == .uint8 ? tensor.rank : 1
    }
  }
}
