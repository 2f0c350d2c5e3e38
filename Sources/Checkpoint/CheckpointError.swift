import Tensor

/// What is wrong with a checkpoint, or with an attempt to read or write one, in a sentence that names the file.
public struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The sort of failure, for callers that decide by it.
  public enum Kind: Sendable {
    /// The system refused: no such file, no permission, a full disk.
    case inputOutput
    /// The content belongs to none of the formats.
    case notACheckpoint
    /// The file ends before its content does.
    case truncated
    /// The content contradicts itself or its format.
    case malformed
    /// The content is well formed, and holds what this module does not read or write.
    case unsupported
    /// The content is an instance of a class that is not data; see ``UnknownClassPolicy``.
    case unknownClass
  }

  /// The sort of failure.
  public let kind: Kind
  /// The path of the file, where one is concerned.
  public let file: String?
  /// What is wrong, without the file's name.
  public let message: String

  /// - Parameter file: the path of the file, where one is concerned.
  public init(_ kind: Kind, _ message: String, file: String? = nil) {
    self.kind = kind
    self.file = file
    self.message = message
  }

  /// The message, behind the file's name where there is one.
  public var description: String {
    guard let file else { return message }
    return "\(file): \(message)"
  }

  /// The same error, blamed on `file` unless it already names one.
  func blaming(_ file: String) -> CheckpointError {
    CheckpointError(kind, message, file: self.file ?? file)
  }

  /// - Parameter name: of the class or function, as the file has it.
  static func unknownClass(_ name: String) -> CheckpointError {
    CheckpointError(
      .unknownClass,
      "unsupported global: GLOBAL \(name) is not among the classes and functions that describe data; nothing of it was run"
    )
  }

  static func malformed(_ message: String) -> CheckpointError { CheckpointError(.malformed, message) }
  static func truncated(_ message: String) -> CheckpointError { CheckpointError(.truncated, message) }
  static func unsupported(_ message: String) -> CheckpointError { CheckpointError(.unsupported, message) }
}

/// Runs `body`, adding the file's name to any checkpoint error that leaves it. What tensors refuse is the file's fault, too.
package func blaming<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as CheckpointError {
    throw error.blaming(file)
  } catch let error as TensorError {
    throw CheckpointError(.malformed, error.message, file: file)
  }
}
