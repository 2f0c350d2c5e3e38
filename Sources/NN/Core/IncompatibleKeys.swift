/// The keys that did not fit when a state dict was loaded with `strict` off.
public struct IncompatibleKeys: Equatable, Sendable {
  /// Keys of the module that the state dict lacks.
  public var missing: [String] = []
  /// Keys of the state dict that the module does not know.
  public var unexpected: [String] = []
  /// Keys that were left out because their shapes differ, where that was asked for.
  public var mismatched: [String] = []

  /// The keys that did not fit; none by default.
  public init(missing: [String] = [], unexpected: [String] = [], mismatched: [String] = []) {
    self.missing = missing
    self.unexpected = unexpected
    self.mismatched = mismatched
  }
}

extension IncompatibleKeys: CustomStringConvertible {
  /// The two lists as PyTorch prints the result of `load_state_dict`; ``mismatched`` is not part of it.
  public var description: String {
    if missing.isEmpty && unexpected.isEmpty { return "<All keys matched successfully>" }
    func list(_ keys: [String]) -> String { "[" + keys.map { "'\($0)'" }.joined(separator: ", ") + "]" }
    return "_IncompatibleKeys(missing_keys=\(list(missing)), unexpected_keys=\(list(unexpected)))"
  }
}
