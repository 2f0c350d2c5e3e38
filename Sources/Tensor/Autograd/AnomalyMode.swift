import Synchronization

/// Looks for the operation whose gradient fails or is not a number: `torch.autograd.detect_anomaly`.
public enum AnomalyMode {
  /// What the mode does, for the whole process.
  public struct Settings: Sendable {
    /// Whether operations note where they were recorded, and failing gradients tell of it.
    public var isEnabled = false
    /// Whether gradients that are not numbers are errors too.
    public var checksNaN = true
    /// Tells where the running code stands, when an operation is recorded.
    public var locate: @Sendable () -> String
    /// Tells of the operation that was found.
    public var warn: @Sendable (String) -> Void

    /// The mode switched off, unless said otherwise; nobody is told of anything without `warn`.
    public init(
      isEnabled: Bool = false, checksNaN: Bool = true, locate: @escaping @Sendable () -> String = { "" },
      warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
      self.isEnabled = isEnabled
      self.checksNaN = checksNaN
      self.locate = locate
      self.warn = warn
    }
  }

  private static let isOn = Atomic<Bool>(false)
  private static let stored = Mutex(Settings())

  /// What the mode does now. Operations recorded before it was switched on do not know where that was.
  public static var settings: Settings {
    get { stored.withLock { $0 } }
    set {
      stored.withLock { $0 = newValue }
      isOn.store(newValue.isEnabled, ordering: .relaxed)
    }
  }

  /// Where the running code stands; nil while the mode is off.
  @inline(__always)
  static func origin() -> String? { isOn.load(ordering: .relaxed) ? settings.locate() : nil }

  /// Runs the gradient of a node, and tells where it was recorded if that fails.
  static func watch(_ node: Node, _ body: () throws -> [Tensor?]) throws -> [Tensor?] {
    guard isOn.load(ordering: .relaxed) else { return try body() }
    let settings = settings
    do {
      let results = try body()
      guard settings.checksNaN else { return results }
      for (index, result) in results.enumerated() {
        guard let result, result.dtype.isFloatingPoint, try result.detach().isnan().any().item().bool else { continue }
        throw TensorError("Function '\(node.name)' returned nan values in its \(index)th output.")
      }
      return results
    } catch {
      let origin = node.origin.map { "Traceback of forward call that caused the error:\n\($0)" }
      settings.warn(
        "Error detected in \(node.name). "
          + (origin
            ?? "No forward pass information available. Enable detect anomaly during forward pass for more information.")
      )
      throw error
    }
  }
}
