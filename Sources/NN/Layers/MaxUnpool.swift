import Tensor

/// What the partial inverses of max pooling share: elements go back to where they were found, zeros elsewhere.
open class MaxUnpool: Module {
  /// The window's size in each dimension.
  public let kernelSize: [Int]
  /// The distance from window to window in each dimension.
  public let stride: [Int]
  /// The padding that the pooling had in each dimension.
  public let padding: [Int]
  /// How many dimensions the window has.
  class var rank: Int { 0 }

  /// - Parameter stride: the window's size by default.
  public required init(_ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0]) throws {
    let rank = Self.rank
    self.kernelSize = try expanded(kernelSize, rank, "kernel_size")
    self.stride = try expanded(stride ?? kernelSize, rank, "stride")
    self.padding = try expanded(padding, rank, "padding")
  }

  open override var inputNames: [String]? { ["input", "indices", "output_size"] }

  /// - Parameters:
  ///   - indices: as max pooling gave them.
  ///   - outputSize: the size that was pooled, where several give the same; the smallest by default.
  public func callAsFunction(_ input: Tensor, _ indices: Tensor, outputSize: [Int]? = nil) throws -> Tensor {
    try Functional.maxUnpool(
      input, indices, kernel: kernelSize, stride: stride, padding: padding, outputSize: outputSize)
  }

  open override func forward(_ inputs: [Value]) throws -> [Value] {
    let input = try inputs.requiredTensor(0, "input", of: self)
    let indices = try inputs.requiredTensor(1, "indices", of: self)
    return [.tensor(try self(input, indices, outputSize: inputs.sizes(2, "output_size", of: self)))]
  }

  open override var attributes: Attributes {
    [("kernel_size", .ints(kernelSize)), ("stride", .ints(stride)), ("padding", .ints(padding))]
  }

  open override var extraText: String { attributes.text }
}

/// The partial inverse of ``MaxPool1d``.
public final class MaxUnpool1d: MaxUnpool {
  override class var rank: Int { 1 }
}

/// The partial inverse of ``MaxPool2d``.
public final class MaxUnpool2d: MaxUnpool {
  override class var rank: Int { 2 }
}

/// The partial inverse of ``MaxPool3d``.
public final class MaxUnpool3d: MaxUnpool {
  override class var rank: Int { 3 }
}
