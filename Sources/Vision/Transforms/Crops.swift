import Tensor

/// The middle; a picture that is smaller gets a black margin.
public final class CenterCrop: Transform {
  /// The number of rows.
  public let height: Int
  /// The number of columns.
  public let width: Int

  /// - Parameter size: height and width, or one number for both.
  /// - Throws: ``TensorError`` for more numbers.
  public init(_ size: [Int]) throws { (height, width) = try pair(size, "size") }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    try input.centerCropped(height: height, width: width)
  }

  public override var description: String { "CenterCrop(size=(\(height), \(width)))" }
}

/// A part of fixed size at a random position.
public final class RandomCrop: Transform {
  /// The number of rows.
  public let height: Int
  /// The number of columns.
  public let width: Int
  /// Left, top, right and bottom; nil: none.
  public let padding: Padding?
  /// Whether a picture that is too small gets a margin on both sides.
  public let padsIfNeeded: Bool
  /// What a margin of mode ``PaddingMode/constant`` shows, for each channel or one for all.
  public let fill: [Double]
  /// What margins show.
  public let mode: PaddingMode

  /// - Parameters:
  ///   - size: height and width, or one number for both.
  ///   - padding: a margin before the part is chosen, see ``Padding/init(_:)``.
  ///   - padsIfNeeded: whether a picture that is too small gets a margin; otherwise a call throws.
  ///   - fill, mode: what margins show.
  /// - Throws: ``TensorError`` for another number of sizes.
  public init(
    _ size: [Int], padding: [Int]? = nil, padsIfNeeded: Bool = false, fill: [Double] = [0],
    mode: PaddingMode = .constant
  ) throws {
    (height, width) = try pair(size, "size")
    self.padding = try padding.map { try Padding($0) }
    self.padsIfNeeded = padsIfNeeded
    self.fill = fill
    self.mode = mode
  }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    var picture = input
    if let padding { picture = try padding.applied(to: picture, fill, mode) }
    if padsIfNeeded {
      let (columns, rows) = (try picture.width(), try picture.height())
      if width > columns { picture = try Padding([width - columns, 0]).applied(to: picture, fill, mode) }
      if height > rows { picture = try Padding([0, height - rows]).applied(to: picture, fill, mode) }
    }
    let (rows, columns) = (try picture.height(), try picture.width())
    guard height <= rows, width <= columns else {
      throw TensorError(
        "Required crop size (\(height), \(width)) is larger than input image size (\(rows), \(columns))", kind: .value)
    }
    try checkCoordinates(height, width)
    if rows == height, columns == width { return picture }
    let top = try Self.integer(below: rows - height + 1)
    let left = try Self.integer(below: columns - width + 1)
    return try picture.cropped(top: top, left: left, height: height, width: width)
  }

  public override var description: String {
    "RandomCrop(size=(\(height), \(width)), padding=\(padding?.description ?? "None"))"
  }
}
