/// Transforms one after the other.
public final class Compose: Transform {
  /// The transforms, in order.
  public let transforms: [Transform]

  /// - Parameter transforms: in the order in which they are applied.
  public init(_ transforms: [Transform]) { self.transforms = transforms }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    try transforms.reduce(input) { picture, transform in try transform(picture) }
  }

  public override var description: String {
    "Compose(\n" + transforms.map { "    \($0)\n" }.joined() + ")"
  }
}

/// Transforms that are all applied, or none, at random.
public final class RandomApply: Transform {
  /// The transforms, in order.
  public let transforms: [Transform]
  /// The probability that they are applied.
  public let p: Double

  /// - Parameter p: the probability that they are applied.
  public init(_ transforms: [Transform], p: Double = 0.5) {
    self.transforms = transforms
    self.p = p
  }

  public override func callAsFunction(_ input: Picture) throws -> Picture {
    guard try Self.happens(p) else { return input }
    return try transforms.reduce(input) { picture, transform in try transform(picture) }
  }

  public override var description: String {
    "RandomApply(\n    p=\(p)\n" + transforms.map { "    \($0)\n" }.joined() + ")"
  }
}
