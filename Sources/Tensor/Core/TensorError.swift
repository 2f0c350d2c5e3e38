/// What went wrong in a call, in PyTorch's words where PyTorch has some.
public struct TensorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The class of exception that PyTorch raises for it.
  public enum Kind: String, Sendable {
    case runtime = "RuntimeError"
    case value = "ValueError"
    case index = "IndexError"
    case type = "TypeError"
    case key = "KeyError"
    case attribute = "AttributeError"
    case notImplemented = "NotImplementedError"
    case assertion = "AssertionError"
    case linalg = "torch.linalg.LinAlgError"
  }

  public let kind: Kind
  public let message: String

  public init(_ message: String, kind: Kind = .runtime) {
    self.kind = kind
    self.message = message
  }

  public var description: String { message }

  static func index(_ message: String) -> TensorError { TensorError(message, kind: .index) }
  static func value(_ message: String) -> TensorError { TensorError(message, kind: .value) }
  static func type(_ message: String) -> TensorError { TensorError(message, kind: .type) }
}
