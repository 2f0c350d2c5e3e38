import Tensor

/// What the adaptive poolings share: windows are chosen so that the output has a given size. A size that is nil keeps the
/// input's; one size may stand for all dimensions.
open class AdaptivePool: Module {
  public let outputSize: [Int?]
  let rank: Int

  init(rank: Int, _ outputSize: [Int?]) {
    self.rank = rank
    self.outputSize = outputSize
  }

  final var sizes: [Int?] { outputSize.count == 1 ? Array(repeating: outputSize[0], count: rank) : outputSize }

  open override var extraText: String {
    let texts = outputSize.map { $0.map(String.init) ?? "None" }
    return "output_size=" + (texts.count == 1 ? texts[0] : "(" + texts.joined(separator: ", ") + ")")
  }

  open override var attributes: [(name: String, value: Attribute)] {
    let known = outputSize.compactMap { $0 }
    return [("output_size", known.count == outputSize.count ? sizeAttribute(known) : .none)]
  }
}

/// Means of equal parts.
open class AdaptiveAveragePool: AdaptivePool {
  open override func forward(_ input: Tensor) throws -> Tensor {
    try Functional.adaptiveAveragePool(input, output: sizes)
  }
}

public final class AdaptiveAvgPool1d: AdaptiveAveragePool {
  public init(_ outputSize: [Int?]) { super.init(rank: 1, outputSize) }
}

public final class AdaptiveAvgPool2d: AdaptiveAveragePool {
  public init(_ outputSize: [Int?]) { super.init(rank: 2, outputSize) }
}

public final class AdaptiveAvgPool3d: AdaptiveAveragePool {
  public init(_ outputSize: [Int?]) { super.init(rank: 3, outputSize) }
}

/// Largest elements of equal parts.
open class AdaptiveMaxPool: AdaptivePool {
  public let returnIndices: Bool

  init(rank: Int, _ outputSize: [Int?], _ returnIndices: Bool) {
    self.returnIndices = returnIndices
    super.init(rank: rank, outputSize)
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

public final class AdaptiveMaxPool1d: AdaptiveMaxPool {
  public init(_ outputSize: [Int?], returnIndices: Bool = false) { super.init(rank: 1, outputSize, returnIndices) }
}

public final class AdaptiveMaxPool2d: AdaptiveMaxPool {
  public init(_ outputSize: [Int?], returnIndices: Bool = false) { super.init(rank: 2, outputSize, returnIndices) }
}

public final class AdaptiveMaxPool3d: AdaptiveMaxPool {
  public init(_ outputSize: [Int?], returnIndices: Bool = false) { super.init(rank: 3, outputSize, returnIndices) }
}
