import Tensor

/// What stands in rows of a resized head that come from no old class.
public enum NewRows: String, Sendable, CaseIterable {
  /// What `nn.Linear` begins with: uniform between `-1 / sqrt(inputs)` and `1 / sqrt(inputs)`.
  case uniform
  /// Zeros.
  case zeros
  /// The mean of all old rows.
  case mean
}

extension NamedTensors {
  /// The same with a last layer for other classes: rows of the weight and bias of `module` stay, move, go, or are new.
  ///
  /// ```swift
  /// let state = try pretrained.resizingHead("fc", rows: [7, 3, nil])    // old classes 7 and 3, and a new one
  /// ```
  ///
  /// - Parameters:
  ///   - module: the path of a linear layer or convolution, whose weight is `[classes, ...]` and whose bias is `[classes]`.
  ///   - rows: for each new class the number of the old one, from 0; nil for a class that is new.
  /// - Throws: ``TensorError`` where there is no such layer or row.
  public func resizingHead(
    _ module: String, rows: [Int?], newRows: NewRows = .uniform, generator: Generator? = nil
  ) throws -> Self {
    let weight = try requiredTensor(module + ".weight")
    guard weight.rank >= 2 else {
      throw TensorError("resize_head(): '\(module).weight' has no rows: its shape is \(Shape.sizeText(weight.shape))")
    }
    let count = weight.shape[0]
    if let row = rows.compactMap({ $0 }).first(where: { !(0..<count).contains($0) }) {
      throw TensorError("resize_head(): '\(module)' has no row \(row): there are \(count)", kind: .index)
    }
    let inputs = try Shape.count(Array(weight.shape.dropFirst()))
    let bound = inputs > 0 ? 1 / Double(inputs).squareRoot() : 0
    func resized(_ old: Tensor) throws -> Tensor {
      let old = try old.detach()
      let fresh = rows.count { $0 == nil }
      var next = count
      let order = rows.map { row -> Int in
        guard row == nil else { return row ?? 0 }
        next += 1
        return next - 1
      }
      let shape = [fresh] + old.shape.dropFirst()
      let added: Tensor
      switch newRows {
      case .zeros: added = try Tensor.zeros(shape, dtype: old.dtype)
      case .mean: added = try old.mean([0], keepDim: true).expand(shape)
      case .uniform: added = try Tensor.uniform(shape, -bound, bound, dtype: old.dtype, generator: generator)
      }
      let all = fresh == 0 ? old : try Tensor.cat([old, added])
      return try all.indexSelect(0, try Tensor(order.map(Int64.init)))
    }
    return try GradMode.with(false) {
      var state = try replacing(module + ".weight", with: try resized(weight))
      if let bias = tensor(module + ".bias") {
        guard bias.shape == [count] else {
          throw TensorError(
            "resize_head(): '\(module).bias' has shape \(Shape.sizeText(bias.shape)) beside \(count) rows")
        }
        state = try state.replacing(module + ".bias", with: try resized(bias))
      }
      return state
    }
  }

  /// The same with a last layer for the classes `new`: those that `old` names too keep their rows.
  ///
  /// - Throws: ``TensorError`` where `old` does not name the rows that there are, or no class stays.
  public func resizingHead(
    _ module: String, from old: [String], to new: [String], newRows: NewRows = .uniform, generator: Generator? = nil
  ) throws -> Self {
    let count = try requiredTensor(module + ".weight").shape.first ?? 0
    guard old.count == count else {
      throw TensorError(
        "resize_head(): '\(module)' has \(count) rows, but \(old.count) old classes are named", kind: .value)
    }
    var numbers: [String: Int] = [:]
    for (number, name) in old.enumerated() where numbers.updateValue(number, forKey: name) != nil {
      throw TensorError("resize_head(): the class '\(name)' is named twice", kind: .value)
    }
    let rows = new.map { numbers[$0] }
    guard rows.contains(where: { $0 != nil }) else {
      throw TensorError("resize_head(): none of the new classes is an old one; drop the head instead", kind: .value)
    }
    return try resizingHead(module, rows: rows, newRows: newRows, generator: generator)
  }
}
