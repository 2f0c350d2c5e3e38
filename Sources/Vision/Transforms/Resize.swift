import Tensor

/// Another size: the shorter edge, or height and width.
public final class Resize: Transform {
  /// The shorter edge alone, or height and width.
  public let size: [Int]
  /// How pixels between pixels are computed.
  public let filter: ResamplingFilter
  /// The longer edge's limit, where one number is given.
  public let maxSize: Int?
  /// Whether tensors are smoothed where they shrink; images always are.
  public let antialias: Bool

  /// - Throws: ``TensorError`` for sizes that are none.
  public init(
    _ size: [Int], _ filter: ResamplingFilter = .bilinear, maxSize: Int? = nil, antialias: Bool = true
  ) throws {
    guard size.count == 1 || size.count == 2 else {
      throw TensorError("If size is a sequence, it should have 1 or 2 values", kind: .value)
    }
    guard size.allSatisfy({ $0 > 0 }) else {
      throw TensorError("Input size must be positive, but got \(size)", kind: .value)
    }
    if let maxSize {
      guard size.count == 1 else {
        throw TensorError(
          "max_size should only be passed if size specifies the length of the smaller edge, i.e. size should be an int or a sequence of length 1 in torchscript mode.",
          kind: .value)
      }
      guard maxSize > size[0] else {
        throw TensorError(
          "max_size = \(maxSize) must be strictly greater than the requested size for the smaller edge size = \(size[0])",
          kind: .value)
      }
    }
    self.size = size
    self.filter = filter
    self.maxSize = maxSize
    self.antialias = antialias
  }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    let (height, width) = try target(input.height(), input.width())
    return try input.resized(height: height, width: width, filter, antialias: antialias)
  }

  private func target(_ height: Int, _ width: Int) throws -> (height: Int, width: Int) {
    if size.count == 2 { return (size[0], size[1]) }
    let (short, long) = (min(height, width), max(height, width))
    guard short > 0 else { throw TensorError("an image without pixels cannot be resized", kind: .value) }
    var newShort = size[0]
    // A double is what Python's division gives, and never traps.
    var newLong = Int(clamping: Int64(clampingTruncation: Double(newShort) * Double(long) / Double(short)))
    if let maxSize, newLong > maxSize {
      newShort = Int(Double(maxSize) * Double(newShort) / Double(newLong))
      newLong = maxSize
    }
    return width <= height ? (newLong, newShort) : (newShort, newLong)
  }

  public override var description: String {
    let size = size.count == 1 ? "\(size[0])" : "(\(size[0]), \(size[1]))"
    return
      "Resize(size=\(size), interpolation=\(filter.rawValue), max_size=\(maxSize.map(String.init) ?? "None"), antialias=\(antialias ? "True" : "False"))"
  }
}
