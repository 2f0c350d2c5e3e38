import Synchronization

/// How tensors print, as `torch.set_printoptions` sets it.
public struct PrintOptions: Sendable, Hashable {
  /// Digits after the decimal point.
  public var precision = 4
  /// Tensors of more elements print only their edges.
  public var threshold = 1000.0
  /// How many elements a summary shows at either end of a dimension.
  public var edgeItems = 3
  /// Characters of a line before a row breaks.
  public var lineWidth = 80
  /// Whether numbers are written like `1.0000e+03`; nil decides by the numbers.
  public var scientific: Bool?

  /// PyTorch's defaults.
  public init() {}

  /// Named sets of options.
  public enum Profile: String, Sendable, CaseIterable {
    /// PyTorch's defaults; fewer digits and elements; or all elements.
    case `default`, short, full
  }

  /// Sets what `profile` stands for; ``scientific`` stays.
  public mutating func apply(_ profile: Profile) {
    precision = profile == .short ? 2 : 4
    threshold = profile == .full ? .infinity : 1000
    edgeItems = profile == .short ? 2 : 3
    lineWidth = 80
  }

  /// The options that ``Tensor/text(_:)`` uses by default, for the whole process.
  public static var current: PrintOptions {
    get { shared.withLock { $0 } }
    set { shared.withLock { $0 = newValue } }
  }

  private static let shared = Mutex(PrintOptions())
}
