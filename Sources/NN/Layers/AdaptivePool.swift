import Tensor

/// What the adaptive poolings share: windows are chosen so that the output has a given size. A size that is nil keeps the
/// input's; one size may stand for all dimensions.
open class AdaptivePool: Module {
  /// The sizes as they were given: one for all dimensions, or one for each.
  public let outputSize: [Int?]
  /// How many dimensions the window has.
  class var rank: Int { 0 }

  init(sizes outputSize: [Int?]) { self.outputSize = outputSize }

  final var sizes: [Int?] {
    outputSize.count == 1 ? Array(repeating: outputSize[0], count: type(of: self).rank) : outputSize
  }

  open override var extraText: String {
    let texts = outputSize.map { $0.map(String.init) ?? "None" }
    return "output_size=" + (texts.count == 1 ? texts[0] : "(" + texts.joined(separator: ", ") + ")")
  }

  open override var attributes: Attributes {
    let known = outputSize.compactMap { $0 }
    return [("output_size", known.count == outputSize.count ? sizeAttribute(known) : .none)]
  }
}

/// Means of equal parts.
open class AdaptiveAveragePool: AdaptivePool {
  /// - Parameter outputSize: one for all dimensions, or one for each; nil keeps the input's.
  public required init(_ outputSize: [Int?]) { super.init(sizes: outputSize) }

  open override func forward(_ input: Tensor) throws -> Tensor {
    try Functional.adaptiveAveragePool(input, output: sizes)
  }
}

/// Means of equal parts of `[N, C, L]` or `[C, L]`, to `[N, C, outputSize]`.
public final class AdaptiveAvgPool1d: AdaptiveAveragePool {
  override class var rank: Int { 1 }
}

/// Means of equal parts of `[N, C, H, W]` or `[C, H, W]`, to `[N, C, *outputSize]`.
public final class AdaptiveAvgPool2d: AdaptiveAveragePool {
  override class var rank: Int { 2 }
}

/// Means of equal parts of `[N, C, D, H, W]` or `[C, D, H, W]`, to `[N, C, *outputSize]`.
public final class AdaptiveAvgPool3d: AdaptiveAveragePool {
  override class var rank: Int { 3 }
}

/// Largest elements of equal parts.
open class AdaptiveMaxPool: AdaptivePool {
  /// Whether a call gives the elements' positions in each channel's flattened input too.
  public let returnIndices: Bool

  /// - Parameters:
  ///   - outputSize: one for all dimensions, or one for each; nil keeps the input's.
  ///   - returnIndices: whether ``Module/call(_:)`` gives a second tensor, of positions in each channel's flattened input.
  public required init(_ outputSize: [Int?], returnIndices: Bool = false) {
    self.returnIndices = returnIndices
    super.init(sizes: outputSize)
  }

  open override func forward(_ input: Tensor) throws -> Tensor {
    try Functional.adaptiveMaxPool(input, output: sizes).values
  }

  open override func forward(_ inputs: [Value]) throws -> [Value] {
    guard returnIndices else { return try super.forward(inputs) }
    let input = try inputs.requiredTensor(0, "input", of: self)
    let (values, indices) = try Functional.adaptiveMaxPool(input, output: sizes)
    return [.tensor(values), .tensor(indices)]
  }
}

/// Largest elements of equal parts of `[N, C, L]` or `[C, L]`, to `[N, C, outputSize]`.
public final class AdaptiveMaxPool1d: AdaptiveMaxPool {
  override class var rank: Int { 1 }
}

/// Largest elements of equal parts of `[N, C, H, W]` or `[C, H, W]`, to `[N, C, *outputSize]`.
public final class AdaptiveMaxPool2d: AdaptiveMaxPool {
  override class var rank: Int { 2 }
}

/// Largest elements of equal parts of `[N, C, D, H, W]` or `[C, D, H, W]`, to `[N, C, *outputSize]`.
public final class AdaptiveMaxPool3d: AdaptiveMaxPool {
  override class var rank: Int { 3 }
}
