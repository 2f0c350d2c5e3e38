import Tensor

/// Margins: left, top, right and bottom.
public struct Padding: CustomStringConvertible, Sendable {
  /// Columns on the left; negative ones cut off.
  public let left: Int
  /// Rows above.
  public let top: Int
  /// Columns on the right.
  public let right: Int
  /// Rows below.
  public let bottom: Int
  private let given: [Int]

  /// - Parameter sizes: one for all, two for left and right, top and bottom, or four.
  public init(_ sizes: [Int]) throws {
    given = sizes
    switch sizes.count {
    case 1: (left, top, right, bottom) = (sizes[0], sizes[0], sizes[0], sizes[0])
    case 2: (left, top, right, bottom) = (sizes[0], sizes[1], sizes[0], sizes[1])
    case 4: (left, top, right, bottom) = (sizes[0], sizes[1], sizes[2], sizes[3])
    default:
      throw TensorError(
        "Padding must be an int or a 1, 2, or 4 element tuple, not a \(sizes.count) element tuple", kind: .value)
    }
  }

  func applied(to picture: Picture, _ fill: [Double], _ mode: PaddingMode) throws -> Picture {
    try picture.padded(left: left, top: top, right: right, bottom: bottom, fill: fill, mode: mode)
  }

  /// The sizes as they were given.
  public var description: String {
    given.count == 1 ? "\(given[0])" : "(" + given.map(String.init).joined(separator: ", ") + ")"
  }
}

/// Margins around the picture.
public final class Pad: Transform {
  /// How wide the margins are.
  public let padding: Padding
  /// What margins of mode ``PaddingMode/constant`` show, for each channel or one for all.
  public let fill: [Double]
  /// What margins show.
  public let mode: PaddingMode

  /// - Parameter padding: see ``Padding/init(_:)``.
  public init(_ padding: [Int], fill: [Double] = [0], mode: PaddingMode = .constant) throws {
    self.padding = try Padding(padding)
    self.fill = fill
    self.mode = mode
  }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    try padding.applied(to: input, fill, mode)
  }

  public override var description: String {
    func text(_ value: Double) -> String {
      value == value.rounded() ? "\(Int64(clampingTruncation: value))" : "\(value)"
    }
    let fill = fill.count == 1 ? text(fill[0]) : "(" + fill.map(text).joined(separator: ", ") + ")"
    return "Pad(padding=\(padding), fill=\(fill), padding_mode=\(mode.rawValue))"
  }
}
