import COneDNN

/// What went wrong when a primitive was described, compiled or run.
public struct PrimitiveError: Error, Equatable, CustomStringConvertible {
  /// The library's statuses other than success.
  public enum Reason: Equatable, Sendable {
    /// Memory was refused.
    case outOfMemory
    /// Shapes, types or options contradict each other.
    case invalidArguments
    /// The library has no kernel for this combination of shapes, types and layouts; callers may fall back on another
    /// algorithm, layout or a loop of their own.
    case unimplemented
    /// The kernel failed while it ran.
    case runtimeError
    /// A status that this module does not know, by the library's number.
    case other(UInt32)
  }

  /// The primitive's name, such as `convolution forward`.
  public let primitive: String
  /// The shapes, types and layouts that it was asked for.
  public let detail: String
  /// Which status the library gave.
  public let reason: Reason

  /// An error of a primitive, also where this module finds it before the library does.
  public init(primitive: String, detail: String, reason: Reason) {
    self.primitive = primitive
    self.detail = detail
    self.reason = reason
  }

  public var description: String { "\(primitive) (\(detail)): \(reason)" }
}

extension PrimitiveError.Reason: CustomStringConvertible {
  init(_ status: dnnl_status_t) {
    self =
      switch status {
      case dnnl_out_of_memory: .outOfMemory
      case dnnl_invalid_arguments: .invalidArguments
      case dnnl_unimplemented: .unimplemented
      case dnnl_runtime_error: .runtimeError
      default: .other(status.rawValue)
      }
  }

  public var description: String {
    switch self {
    case .outOfMemory: "out of memory"
    case .invalidArguments: "invalid arguments"
    case .unimplemented: "not implemented for these shapes, types and layouts"
    case .runtimeError: "run-time error"
    case .other(let code): "status \(code)"
    }
  }
}

/// Throws a `PrimitiveError` unless `status` says success.
@inline(__always)
func check(_ status: dnnl_status_t, _ primitive: String, _ detail: @autoclosure () -> String) throws {
  if status == dnnl_success { return }
  throw PrimitiveError(primitive: primitive, detail: detail(), reason: .init(status))
}
