import Glibc
import Tensor

/// A part of random size and shape at a random position, brought to a fixed size.
public final class RandomResizedCrop: Transform {
  /// The number of rows of the result.
  public let height: Int
  /// The number of columns of the result.
  public let width: Int
  /// The part's share of the picture's area, from and to.
  public let scale: (Double, Double)
  /// The part's width by its height, from and to.
  public let ratio: (Double, Double)
  /// How pixels between pixels are computed.
  public let filter: ResamplingFilter
  /// Whether tensors are smoothed where they shrink; images always are.
  public let antialias: Bool

  /// - Parameters:
  ///   - size: height and width of the result, or one number for both.
  ///   - scale: the part's share of the picture's area, from and to.
  ///   - ratio: the part's width by its height, from and to.
  /// - Throws: ``TensorError`` for another number of sizes.
  public init(
    _ size: [Int], scale: (Double, Double) = (0.08, 1.0), ratio: (Double, Double) = (3.0 / 4.0, 4.0 / 3.0),
    _ filter: ResamplingFilter = .bilinear, antialias: Bool = true
  ) throws {
    (height, width) = try pair(size, "size")
    self.scale = scale
    self.ratio = ratio
    self.filter = filter
    self.antialias = antialias
  }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    let part = try part(of: input)
    return try input.cropped(top: part.top, left: part.left, height: part.height, width: part.width)
      .resized(height: height, width: width, filter, antialias: antialias)
  }

  private typealias Part = (top: Int, left: Int, height: Int, width: Int)

  private func part(of input: Picture) throws -> Part {
    let (rows, columns) = (try input.height(), try input.width())
    let area = Double(rows * columns)
    // torchvision keeps the logarithms in float32.
    let (low, high) = (Double(logf(Float(ratio.0))), Double(logf(Float(ratio.1))))
    for _ in 0..<10 {
      let target = area * (try Self.uniform(scale.0, scale.1))
      let shape = try Tensor(empty: [1], dtype: .float32).uniformInPlace(low, high).exp().item().double
      let width = (target * shape).squareRoot().rounded(.toNearestOrEven)
      let height = (target / shape).squareRoot().rounded(.toNearestOrEven)
      guard width > 0, width <= Double(columns), height > 0, height <= Double(rows) else { continue }
      let top = try Self.integer(below: rows - Int(height) + 1)
      let left = try Self.integer(below: columns - Int(width) + 1)
      return (top, left, Int(height), Int(width))
    }
    // No part fits: the middle, as large as the ratio lets it be.
    var (width, height) = (columns, rows)
    let given = Double(columns) / Double(rows)
    if given < min(ratio.0, ratio.1) {
      height = Int((Double(width) / min(ratio.0, ratio.1)).rounded(.toNearestOrEven))
    } else if given > max(ratio.0, ratio.1) {
      width = Int((Double(height) * max(ratio.0, ratio.1)).rounded(.toNearestOrEven))
    }
    return ((rows - height) / 2, (columns - width) / 2, height, width)
  }

  public override var description: String {
    func text(_ value: (Double, Double)) -> String { "(\(rounded(value.0)), \(rounded(value.1)))" }
    func rounded(_ value: Double) -> Double { (value * 10000).rounded(.toNearestOrEven) / 10000 }
    return
      "RandomResizedCrop(size=(\(height), \(width)), scale=\(text(scale)), ratio=\(text(ratio)), interpolation=\(filter.rawValue), antialias=\(antialias ? "True" : "False"))"
  }
}
