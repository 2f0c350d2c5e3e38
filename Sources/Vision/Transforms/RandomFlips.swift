/// Left and right exchanged, at random.
public final class RandomHorizontalFlip: Transform {
  /// The probability of the exchange.
  public let p: Double

  /// - Parameter p: the probability of the exchange.
  public init(p: Double = 0.5) { self.p = p }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    try Self.happens(p) ? try input.mirrored() : input
  }

  public override var description: String { "RandomHorizontalFlip(p=\(p))" }
}

/// Top and bottom exchanged, at random.
public final class RandomVerticalFlip: Transform {
  /// The probability of the exchange.
  public let p: Double

  /// - Parameter p: the probability of the exchange.
  public init(p: Double = 0.5) { self.p = p }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    try Self.happens(p) ? try input.flipped() : input
  }

  public override var description: String { "RandomVerticalFlip(p=\(p))" }
}
