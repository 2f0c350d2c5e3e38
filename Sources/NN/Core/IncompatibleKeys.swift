/// The keys that did not fit when a state dict was loaded with `strict` off.
public struct IncompatibleKeys: Equatable, Sendable {
  /// Keys of the module that the state dict lacks.
  public var missing: [String] = []
  /// Keys of the state dict that the module does not know.
  public var unexpected: [String] = []

  public init(missing: [String] = [], unexpected: [String] = []) {
    self.missing = missing
    self.unexpected = unexpected
  }
}

extension IncompatibleKeys: CustomStringConvertible {
  public var description: String {
    if missing.isEmpty && unexpected.isEmpty { return "<All keys matched successfully>" }
    func list(_ keys: [String]) -> String { "[" + keys.map { "'\($0)'" }.joined(separator: ", ") + "]" }
    return "_IncompatibleKeys(missing_keys=\(list(missing)), unexpected_keys=\(list(unexpected)))"
  }
}
