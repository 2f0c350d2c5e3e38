/// What went wrong in a call, in PyTorch's words where PyTorch has some.
public struct TensorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The class of exception that PyTorch raises for it.
  public enum Kind: String, Sendable {
    /// What has no class of its own: most of what an operator refuses.
    case runtime = "RuntimeError"
    /// A value that the function does not take.
    case value = "ValueError"
    /// A position or dimension out of range.
    case index = "IndexError"
    /// An argument of the wrong type, or the wrong number of arguments.
    case type = "TypeError"
    /// A name that a dictionary does not have.
    case key = "KeyError"
    /// A name that an object does not have.
    case attribute = "AttributeError"
    /// What PyTorch knows of but does not do, such as an operator for a type.
    case notImplemented = "NotImplementedError"
    /// What PyTorch checks by `assert`.
    case assertion = "AssertionError"
    /// A matrix that an algorithm of linear algebra fails on.
    case linalg = "torch.linalg.LinAlgError"
  }

  /// The class of exception that PyTorch raises.
  public let kind: Kind
  /// What PyTorch says, without the name of the exception's class.
  public let message: String

  /// - Parameter message: in PyTorch's words where PyTorch has some.
  public init(_ message: String, kind: Kind = .runtime) {
    self.kind = kind
    self.message = message
  }

  public var description: String { message }

  static func index(_ message: String) -> TensorError { TensorError(message, kind: .index) }
  static func value(_ message: String) -> TensorError { TensorError(message, kind: .value) }
  static func type(_ message: String) -> TensorError { TensorError(message, kind: .type) }
}
