import COneDNN

/// A function of two numbers. Comparisons give 1 or 0.
public enum BinaryOperation: Hashable, Sendable {
  /// Arithmetic; a maximum or minimum is of two numbers.
  case add, subtract, multiply, divide, maximum, minimum
  /// Comparisons of the left number with the right one.
  case greaterOrEqual, greater, lessOrEqual, less, equal, notEqual

  var raw: dnnl_alg_kind_t {
    switch self {
    case .add: dnnl_binary_add
    case .subtract: dnnl_binary_sub
    case .multiply: dnnl_binary_mul
    case .divide: dnnl_binary_div
    case .maximum: dnnl_binary_max
    case .minimum: dnnl_binary_min
    case .greaterOrEqual: dnnl_binary_ge
    case .greater: dnnl_binary_gt
    case .lessOrEqual: dnnl_binary_le
    case .less: dnnl_binary_lt
    case .equal: dnnl_binary_eq
    case .notEqual: dnnl_binary_ne
    }
  }
}
