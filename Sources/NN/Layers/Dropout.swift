import Tensor

/// What the dropout layers share. While training they drop what they drop with probability `p`; else they do nothing.
open class DropoutLayer: Module {
  /// The probability of what is dropped.
  public var p: Double { probability.double }
  /// Whether the result takes the input's memory while training.
  public let inplace: Bool
  private let probability: Scalar

  /// - Throws: ``TensorError`` for a probability outside of 0 to 1.
  public required init(_ p: Scalar = 0.5, inplace: Bool = false) throws {
    guard p.double >= 0 && p.double <= 1 else {
      throw TensorError(
        "dropout probability has to be between 0 and 1, but got \(Attribute(p).text)", kind: .value)
    }
    probability = p
    self.inplace = inplace
  }

  /// What is left of `input`.
  func dropped(_ input: Tensor) throws -> Tensor { input }

  open override func forward(_ input: Tensor) throws -> Tensor {
    guard inplace && isTraining && p > 0 else { return try dropped(input) }
    return try input.updateInPlace { try self.dropped($0) }
  }

  open override var extraText: String { attributes.text }
  open override var attributes: Attributes { [("p", .init(probability)), ("inplace", .bool(inplace))] }
}

/// Zeroes elements with probability `p` and divides the others by `1 - p`.
public final class Dropout: DropoutLayer {
  override func dropped(_ input: Tensor) throws -> Tensor { try input.dropout(p: p, training: isTraining) }
}

/// Zeroes channels.
open class ChannelDropout: DropoutLayer {
  override func dropped(_ input: Tensor) throws -> Tensor { try input.featureDropout(p: p, training: isTraining) }

  /// Zeroes channels of an input that may lack the batch's dimension.
  final func dropped(_ input: Tensor, unbatchedRank: Int) throws -> Tensor {
    guard input.rank == unbatchedRank else { return try input.featureDropout(p: p, training: isTraining) }
    return try input.unsqueeze(0).featureDropout(p: p, training: isTraining).squeeze([0])
  }
}

/// Zeroes channels of `[N, C, L]` or `[C, L]`.
public final class Dropout1d: ChannelDropout {
  override func dropped(_ input: Tensor) throws -> Tensor { try dropped(input, unbatchedRank: 2) }
}

/// Zeroes channels of `[N, C, H, W]`.
public final class Dropout2d: ChannelDropout {}

/// Zeroes channels of `[N, C, D, H, W]` or `[C, D, H, W]`.
public final class Dropout3d: ChannelDropout {
  override func dropped(_ input: Tensor) throws -> Tensor { try dropped(input, unbatchedRank: 4) }
}

/// Sets elements to SELU's negative end, keeping mean and variance.
public final class AlphaDropout: DropoutLayer {
  override func dropped(_ input: Tensor) throws -> Tensor { try input.alphaDropout(p: p, training: isTraining) }
}

/// ``AlphaDropout`` of whole channels.
public final class FeatureAlphaDropout: DropoutLayer {
  override func dropped(_ input: Tensor) throws -> Tensor {
    try input.featureAlphaDropout(p: p, training: isTraining)
  }
}
