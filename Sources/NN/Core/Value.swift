import Tensor

/// What goes into a module and comes out of it where that is not just one tensor.
///
/// Most layers take a tensor and give one and never see this type. Layers with several inputs or outputs, and modules written
/// in another language, pass lists of these.
public enum Value {
  /// Python's `None`: an input that is left out, or an output that is not there.
  case none
  /// A tensor.
  case tensor(Tensor)
  /// A number or a truth value.
  case scalar(Scalar)
  /// A text, such as the name of a mode.
  case string(String)
  /// Several values, such as the sizes of an output or the two states of an LSTM.
  case list([Value])
  /// Anything that only the module and its caller understand.
  case object(AnyObject)

  /// The tensor, if this is one.
  public var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }

  /// Whether nothing was given.
  public var isNone: Bool { if case .none = self { true } else { false } }
}

extension Value {
  /// A tensor, or nothing.
  public init(_ tensor: Tensor?) { self = tensor.map(Value.tensor) ?? .none }
}

extension [Value] {
  /// The tensor at `position`; nil where the list is shorter or has none there.
  public func tensor(_ position: Int) -> Tensor? { position < count ? self[position].tensor : nil }

  /// The tensor at `position`.
  ///
  /// - Parameter name: what the error calls it.
  /// - Throws: ``TensorError`` where there is none.
  public func requiredTensor(_ position: Int, _ name: String, of module: Module) throws -> Tensor {
    if let tensor = tensor(position) { return tensor }
    throw TensorError(
      "\(module.typeName).forward() missing 1 required positional argument: '\(name)'", kind: .type)
  }
}

extension [Value] {
  /// The truth value at `position`, or `standard` where there is none.
  ///
  /// - Throws: ``TensorError`` for another kind of value.
  func bool(_ position: Int, _ name: String, default standard: Bool, of module: Module) throws -> Bool {
    guard position < count, !self[position].isNone else { return standard }
    if case .scalar(let scalar) = self[position] { return scalar.bool }
    throw TensorError("\(module.typeName).forward(): argument '\(name)' must be bool", kind: .type)
  }

  /// The sizes at `position`; nil where there are none.
  ///
  /// - Throws: ``TensorError`` for another kind of value.
  func sizes(_ position: Int, _ name: String, of module: Module) throws -> [Int]? {
    guard position < count, !self[position].isNone else { return nil }
    let values = if case .list(let list) = self[position] { list } else { [self[position]] }
    return try values.map { value in
      guard case .scalar(.int(let size)) = value else {
        throw TensorError("\(module.typeName).forward(): argument '\(name)' must be tuple of ints", kind: .type)
      }
      return Int(clamping: size)
    }
  }
}
