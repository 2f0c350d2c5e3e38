import Lua
import Tensor

/// Reads the data of `torch.tensor`: a number, a truth value, a tensor, or nested tables of these.
struct TensorLiteral {
  private var shape: [Int] = []
  private var elements: [Scalar] = []
  private static let maximumRank = 64

  /// - Throws: ``TensorError`` for ragged tables and values that are no numbers.
  static func tensor(_ value: StackValue, dtype: DType? = nil) throws -> Tensor {
    if let tensor = value.tensor {
      let source = try tensor.detach()
      return try dtype.map { try source.to($0, copy: true) } ?? source.clone()
    }
    var literal = TensorLiteral()
    if let size = value.object(as: SizeObject.self) {
      literal.shape = [size.sizes.count]
      literal.elements = size.sizes.map { .int(Int64($0)) }
    } else {
      try literal.measure(value)
      try literal.collect(value, dimension: 0)
    }
    return try literal.make(dtype: dtype)
  }

  /// Finds the shape along the first elements.
  private mutating func measure(_ value: StackValue) throws {
    if let tensor = value.tensor {
      shape += tensor.shape
      return
    }
    guard let table = value.table else { return }
    guard shape.count < TensorLiteral.maximumRank else {
      throw TensorError("too many dimensions '\(shape.count)'", kind: .value)
    }
    guard table.count > 0 || table.isEmpty else {
      throw TensorError("tensor(): a table of data holds the elements 1 to n, not named fields", kind: .type)
    }
    shape.append(table.count)
    if table.count > 0 { try table.withElement(1) { try measure($0) } }
  }

  private mutating func collect(_ value: StackValue, dimension: Int) throws {
    if let table = value.table {
      guard dimension < shape.count else {
        throw TensorError("only one element tensors can be converted to Python scalars", kind: .value)
      }
      guard table.count == shape[dimension] else {
        throw TensorError(
          "expected sequence of length \(shape[dimension]) at dim \(dimension) (got \(table.count))", kind: .value)
      }
      return try table.forEachElement { try collect($0, dimension: dimension + 1) }
    }
    if let tensor = value.tensor {
      guard tensor.shape == Array(shape.dropFirst(dimension)) else {
        if tensor.count == 1 && dimension == shape.count {
          elements.append(try tensor.item())
          return
        }
        throw TensorError("only one element tensors can be converted to Python scalars", kind: .value)
      }
      return try append(tensor)
    }
    guard let scalar = value.scalar else {
      throw TensorError("new(): invalid data type '\(value.typeName)'", kind: .type)
    }
    guard dimension == shape.count else {
      throw TensorError("expected a sequence at dim \(dimension), not a \(value.typeName)", kind: .type)
    }
    elements.append(scalar)
  }

  private mutating func append(_ tensor: Tensor) throws {
    if tensor.dtype.isFloatingPoint {
      elements += try tensor.doubles().map { .double($0) }
    } else if tensor.dtype == .bool {
      elements += try tensor.integers().map { .bool($0 != 0) }
    } else {
      elements += try tensor.integers().map { .int($0) }
    }
  }

  private func make(dtype: DType?) throws -> Tensor {
    let inferred: DType
    if elements.isEmpty || elements.contains(where: \.isFloatingPoint) {
      inferred = DefaultDType.current
    } else {
      inferred = elements.allSatisfy(\.isBool) ? .bool : .int64
    }
    let dtype = dtype ?? inferred
    if dtype.isFloatingPoint || dtype.isComplex {
      return try Tensor(elements.map(\.double), shape: shape, dtype: dtype)
    }
    if dtype == .bool { return try Tensor(elements.map { $0.bool ? Int64(1) : 0 }, shape: shape, dtype: .bool) }
    for element in elements { try dtype.checkConversion(of: element, name: dtype.name) }
    return try Tensor(elements.map(\.int), shape: shape, dtype: dtype)
  }
}
