import Tensor

/// Margins: left, top, right and bottom.
public struct Padding: CustomStringConvertible, Sendable {
  public let left: Int
  public let top: Int
  public let right: Int
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

  public var description: String {
    given.count == 1 ? "\(given[0])" : "(" + given.map(String.init).joined(separator: ", ") + ")"
  }
}

/// Margins around the picture.
public final class Pad: Transform {
  public let padding: Padding
  public let fill: [Double]
  public let mode: PaddingMode

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
